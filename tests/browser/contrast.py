"""How well text can be told from what is behind it, as WCAG 2.2 measures it (1.4.3)."""

__all__ = ["CONTRAST", "FAINT"]

CONTRAST = """node => {
    const canvas = document.createElement('canvas').getContext('2d');
    const channels = color => {
        canvas.clearRect(0, 0, 1, 1);
        canvas.fillStyle = color;
        canvas.fillRect(0, 0, 1, 1);
        return Array.from(canvas.getImageData(0, 0, 1, 1).data);
    };
    let behind = node;
    while (channels(getComputedStyle(behind).backgroundColor)[3] < 255) {
        behind = behind.parentElement;
    }
    const back = channels(getComputedStyle(behind).backgroundColor);
    const [r, g, b, a] = channels(getComputedStyle(node).color);
    const front = [r, g, b].map((c, i) => (c * a + back[i] * (255 - a)) / 255);
    const luminance = color => color.slice(0, 3).reduce((sum, c, i) => {
        const part = c / 255;
        const linear = part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
        return sum + linear * [0.2126, 0.7152, 0.0722][i];
    }, 0);
    const [dark, light] = [luminance(front), luminance(back)].sort((x, y) => x - y);
    return (light + 0.05) / (dark + 0.05);
}"""
"""A function of the page: the contrast of an element's text."""

FAINT = f"""root => {{
    const contrast = {CONTRAST};
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    const faint = new Set();
    while (walker.nextNode()) {{
        const {{data, parentElement: parent}} = walker.currentNode;
        // What cannot be used may be faint.
        const counts = data.trim() && !parent.closest('[aria-disabled=true], option, svg');
        if (counts && parent.checkVisibility() && contrast(parent) < 4.5) {{
            faint.add(`${{contrast(parent).toFixed(2)}} ${{data.trim()}}`);
        }}
    }}
    return [...faint];
}}"""
"""A function of the page: the texts of an element that are too faint, and how faint they are."""
