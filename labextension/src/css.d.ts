/** The text of a style sheet. */
declare module '*.raw.css' {
  const text: string;
  export default text;
}
