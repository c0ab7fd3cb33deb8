// Swagger UI draws the OpenAPI document; its dark look hangs on a class.
const dark = matchMedia("(prefers-color-scheme: dark)");
const follow = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
follow();
dark.addEventListener("change", follow);

SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  defaultModelsExpandDepth: -1,
  persistAuthorization: true,
  syntaxHighlight: { theme: "nord" },
  validatorUrl: null,
});
