// Bars by group and name as an SVG, with each value above its bar.

const [width, height, left, top, bottom] = [960, 440, 48, 40, 116];
const [inLegendRow, legendStep, legendRow] = [4, 225, 22];
const colours = ['#8a8f98', '#1f6feb', '#c2410c', '#7c3aed', '#15803d', '#b45309', '#0e7490', '#be185d'];

export function barsSvg(
  title: string,
  names: readonly string[],
  groups: ReadonlyMap<string, ReadonlyMap<string, number>>,
): string {
  const most = Math.max(1, ...[...groups.values()].flatMap((group) => [...group.values()]));
  const groupWidth = (width - left - 16) / Math.max(1, groups.size);
  const barWidth = (groupWidth * 0.86) / names.length;
  const y = (value: number) => top + (height - top - bottom) * (1 - value / most);
  const parts = [...groups].flatMap(([label, group], g) => {
    const x = left + g * groupWidth;
    const bars = names.flatMap((name, n) => {
      const value = group.get(name);
      return value === undefined ? [] : [bar(x + n * barWidth, y(value), barWidth - 2, value, colours[n] ?? '#000')];
    });
    return [...bars, text(x + (groupWidth * 0.86) / 2, height - bottom + 20, 10, 'middle', label)];
  });
  const legend = names.map((name, n) => {
    const x = left + (n % inLegendRow) * legendStep;
    const y = height - 60 + Math.floor(n / inLegendRow) * legendRow;
    const box = `<rect x="${x}" y="${y}" width="12" height="12" fill="${colours[n] ?? '#000'}"/>`;
    return box + text(x + 18, y + 10, 12, 'start', name);
  });
  const axis = `<line x1="${left}" x2="${width - 16}" y1="${y(0)}" y2="${y(0)}" stroke="#8a8f98"/>`;
  const style = '<style>text { font-family: system-ui, sans-serif; fill: #6b7280 }</style>';
  const body = [style, text(left, 22, 14, 'start', title), axis, ...parts, ...legend].join('\n');
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="${title}">\n${body}\n</svg>\n`;
}

function bar(x: number, y: number, width: number, value: number, colour: string): string {
  const foot = height - bottom;
  const rect = `<rect x="${x.toFixed(1)}" y="${y.toFixed(1)}" width="${width.toFixed(1)}" height="${(foot - y).toFixed(1)}" fill="${colour}"/>`;
  return rect + text(x + width / 2, y - 4, 10, 'middle', value.toFixed(1));
}

function text(x: number, y: number, size: number, anchor: string, words: string): string {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" font-size="${size}" text-anchor="${anchor}">${words}</text>`;
}
