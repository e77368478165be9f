// The first row of a workbook (XLSX): enough of the format to show its columns before it is uploaded.

const DIRECTORY_END = 0x06054b50;
const DIRECTORY_ENTRY = 0x02014b50;

/** Headers of the first sheet. Throws when the file is no workbook. */
export async function workbookHeader(file: Blob): Promise<string[]> {
  const bytes = new DataView(await file.arrayBuffer());
  const entries = directory(bytes);
  const sheet = [...entries.keys()].filter((name) => /^xl\/worksheets\/[^/]+\.xml$/.test(name)).sort()[0];
  if (!sheet) throw new Error("no worksheet");
  const shared = entries.has("xl/sharedStrings.xml")
    ? texts(await contentOf(bytes, entries, "xl/sharedStrings.xml"))
    : [];
  const row = new DOMParser()
    .parseFromString(await contentOf(bytes, entries, sheet), "application/xml")
    .getElementsByTagName("row")[0];
  return [...(row?.getElementsByTagName("c") ?? [])].map((cell) => {
    const value = cell.getElementsByTagName("v")[0]?.textContent ?? "";
    if (cell.getAttribute("t") === "s") return shared[Number(value)] ?? "";
    return value || textOf(cell);
  });
}

function texts(xml: string): string[] {
  const all = new DOMParser().parseFromString(xml, "application/xml").getElementsByTagName("si");
  return [...all].map(textOf);
}

function textOf(element: Element): string {
  return [...element.getElementsByTagName("t")].map((text) => text.textContent ?? "").join("");
}

interface Entry {
  offset: number;
  packed: number;
  method: number;
}

/** Where each file lies in the archive. */
function directory(bytes: DataView): Map<string, Entry> {
  let end = bytes.byteLength - 22;
  while (end >= 0 && bytes.getUint32(end, true) !== DIRECTORY_END) end--;
  if (end < 0) throw new Error("no archive");
  const entries = new Map<string, Entry>();
  let at = bytes.getUint32(end + 16, true);
  for (let left = bytes.getUint16(end + 10, true); left > 0; left--) {
    if (bytes.getUint32(at, true) !== DIRECTORY_ENTRY) throw new Error("broken archive");
    const [name, extra, comment] = [28, 30, 32].map((member) => bytes.getUint16(at + member, true)) as [
      number,
      number,
      number,
    ];
    entries.set(new TextDecoder().decode(new Uint8Array(bytes.buffer, at + 46, name)), {
      method: bytes.getUint16(at + 10, true),
      packed: bytes.getUint32(at + 20, true),
      offset: bytes.getUint32(at + 42, true),
    });
    at += 46 + name + extra + comment;
  }
  return entries;
}

async function contentOf(bytes: DataView, entries: Map<string, Entry>, name: string): Promise<string> {
  const entry = entries.get(name);
  if (!entry) throw new Error(`no ${name}`);
  const start = entry.offset + 30 + bytes.getUint16(entry.offset + 26, true) + bytes.getUint16(entry.offset + 28, true);
  const packed = new Blob([new Uint8Array(bytes.buffer as ArrayBuffer, start, entry.packed)]);
  return entry.method === 0
    ? packed.text()
    : new Response(packed.stream().pipeThrough(new DecompressionStream("deflate-raw"))).text();
}
