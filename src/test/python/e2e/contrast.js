// The contrast of every text that is drawn against what is behind it (WCAG 2.2, "contrast ratio").
() => {
  const channels = (text) => (text.match(/[\d.]+/g) ?? []).map(Number);
  const luminance = ([r, g, b]) => {
    const part = (value) => {
      const s = value / 255;
      return s <= 0.04045 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4;
    };
    return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  };
  const behind = (element) => {
    for (let at = element; at !== null; at = at.parentElement) {
      const [r, g, b, alpha = 1] = channels(getComputedStyle(at).backgroundColor);
      if (alpha === 1) {
        return [r, g, b];
      }
    }
    return [255, 255, 255];
  };
  const poor = new Set();
  let texts = 0;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    const style = getComputedStyle(element);
    if (walker.currentNode.data.trim() === "" || !element.checkVisibility() || style.color === "") {
      continue;
    }
    texts++;
    const lights = [luminance(channels(style.color)), luminance(behind(element))].sort((a, b) => b - a);
    const contrast = (lights[0] + 0.05) / (lights[1] + 0.05);
    if (contrast < 4.5) {
      poor.add(`${element.tagName}.${element.className}: ${contrast.toFixed(2)}`);
    }
  }
  return { texts, poor: [...poor] };
}
