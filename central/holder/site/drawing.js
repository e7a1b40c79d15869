// A QR as an SVG: one path of dark modules, so that it is sharp at any size.

import { qrcode } from "./vendor/qrcode-generator.js";

const SVG = "http://www.w3.org/2000/svg";
const QUIET = 4; // ISO/IEC 18004, section 6.3.8

// Level M: fingers and glare cost more reads than modules do.
export function draw(svg, text) {
  const symbol = qrcode(0, "M");
  symbol.addData(text, "Alphanumeric");
  symbol.make();
  const count = symbol.getModuleCount();
  const size = count + 2 * QUIET;
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", darkModules(symbol, count));
  svg.setAttribute("viewBox", `0 0 ${size} ${size}`);
  svg.replaceChildren(path);
}

function darkModules(symbol, count) {
  let d = "";
  for (let row = 0; row < count; row += 1) {
    for (let column = 0; column < count; column += 1) {
      if (symbol.isDark(row, column)) d += `M${column + QUIET} ${row + QUIET}h1v1h-1z`;
    }
  }
  return d;
}
