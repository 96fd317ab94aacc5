// The text of a rule file with line numbers and errors in place. It must never change a text by itself.
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { yaml } from "@codemirror/lang-yaml";
import { HighlightStyle, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { type Diagnostic, lintGutter, setDiagnostics } from "@codemirror/lint";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { Compartment, EditorState, type Extension } from "@codemirror/state";
import { drawSelection, EditorView, highlightActiveLine, highlightActiveLineGutter, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { make } from "../shared/dom";
import { currentLanguage, t } from "../shared/i18n";
import type { Finding } from "./api";
import { expectedWords, findingWords } from "./findings";

const COLOURS = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: "#8fc7ff" },
  { tag: [tags.comment, tags.lineComment], color: "#8fa5c0" },
  { tag: tags.string, color: "#a8e6b0" },
  { tag: [tags.punctuation, tags.separator, tags.squareBracket, tags.brace], color: "#9db3cf" },
]);

const LOOK = EditorView.theme(
  {
    "&": { height: "100%", fontSize: "15px", backgroundColor: "#07111f", color: "#eaf2ff" },
    ".cm-scroller": { fontFamily: '"Noto Sans Mono CJK SC", "Sarasa Mono SC", Consolas, "Microsoft YaHei Mono", monospace', lineHeight: "1.6" },
    ".cm-gutters": { backgroundColor: "#0a1626", color: "#8fa5c0", border: "0", borderRight: "1px solid #1b304b" },
    ".cm-activeLine": { backgroundColor: "rgb(83 180 255 / 0.08)" },
    ".cm-activeLineGutter": { backgroundColor: "#10203a", color: "#eaf2ff" },
    ".cm-cursor": { borderLeftColor: "#53b4ff", borderLeftWidth: "2px" },
    "&.cm-focused": { outline: "2px solid #53b4ff", outlineOffset: "-2px" },
    "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": { backgroundColor: "#1f4a7a" },
    ".cm-lintRange-error": { backgroundImage: "none", textDecoration: "underline wavy #ff6b8a 2px", textUnderlineOffset: "4px" },
    ".cm-tooltip": { backgroundColor: "#10203a", border: "1px solid #53b4ff", color: "#eaf2ff" },
    ".cm-diagnostic": { padding: "8px 12px", maxWidth: "60ch", borderLeft: "4px solid #ff6b8a", whiteSpace: "pre-wrap" },
    ".cm-panels": { backgroundColor: "#0a1626", color: "#eaf2ff", borderColor: "#1b304b" },
    ".cm-textfield": { backgroundColor: "#07111f", color: "#eaf2ff", border: "1px solid #35557f", fontSize: "14px" },
    ".cm-button": { backgroundImage: "none", backgroundColor: "#10203a", color: "#eaf2ff", border: "1px solid #35557f" },
    ".cm-searchMatch": { backgroundColor: "rgb(255 212 59 / 0.25)" },
    ".cm-selectionMatch": { backgroundColor: "rgb(83 180 255 / 0.18)" },
    ".cm-line.cm-shown": { backgroundColor: "rgb(83 180 255 / 0.2)" },
  },
  { dark: true },
);

const CHINESE: Record<string, string> = {
  Find: "查找",
  Replace: "替换为",
  next: "下一处",
  previous: "上一处",
  all: "全部",
  "match case": "区分大小写",
  "by word": "整词",
  regexp: "正则",
  replace: "替换",
  "replace all": "全部替换",
  close: "关闭",
  "Go to line": "转到行",
  go: "转到",
  "No diagnostics": "没有错误",
  Diagnostics: "错误",
};

/** An editor in a shadow root: its styles are constructed there, which a page without inline styles allows. */
export class Editor {
  readonly element = make("div", "editor");
  readonly #view: EditorView;
  readonly #fixed = new Compartment();
  #quiet = false;

  constructor(readonly changed: (text: string) => void) {
    const root = this.element.attachShadow({ mode: "open" });
    this.#view = new EditorView({ state: this.#fresh("", "", true), parent: root, root });
  }

  /** Puts a text in; the history of undoing begins anew. */
  open(file: string, text: string, readOnly: boolean): void {
    this.#quiet = true;
    this.#view.setState(this.#fresh(file, text, readOnly));
    this.#quiet = false;
  }

  /** Replaces the text where somebody else changed it, and keeps the place. */
  replace(text: string): void {
    this.#quiet = true;
    const line = this.#view.state.doc.lineAt(this.#view.state.selection.main.head).number;
    this.#view.dispatch({ changes: { from: 0, to: this.#view.state.doc.length, insert: text } });
    this.#quiet = false;
    this.show(line, false);
  }

  get text(): string {
    return this.#view.state.doc.toString();
  }

  /** Brings a line into the middle, with the cursor in it. */
  show(line: number, focus = true, column = 1): void {
    const doc = this.#view.state.doc;
    const at = doc.line(Math.min(Math.max(1, line), doc.lines));
    const position = Math.min(at.from + column - 1, at.to);
    this.#view.dispatch({ selection: { anchor: position }, effects: EditorView.scrollIntoView(position, { y: "center" }) });
    if (focus) this.#view.focus();
  }

  /** Underlines what is wrong in this file. */
  mark(findings: readonly Finding[]): void {
    const doc = this.#view.state.doc;
    const found = findings.map((finding): Diagnostic => {
      const line = doc.line(Math.min(Math.max(1, finding.line), doc.lines));
      const from = Math.min(line.from + finding.column - 1, line.to);
      const word = /^(?:"[^"]*"|'[^']*'|[^\s,:[\]{}#]+)/.exec(doc.sliceString(from, line.to));
      const to = from + Math.max(word?.[0].length ?? 0, 1);
      const expected = finding.expected ? `\n${t("find.expected", { expected: expectedWords(finding.expected) })}` : "";
      return { from, to: Math.min(to, doc.length), severity: "error", message: findingWords(finding.message) + expected };
    });
    this.#view.dispatch(setDiagnostics(this.#view.state, found));
  }

  #fresh(file: string, text: string, readOnly: boolean): EditorState {
    return EditorState.create({ doc: text, extensions: [this.#common(file), this.#fixed.of(EditorState.readOnly.of(readOnly))] });
  }

  #common(file: string): Extension {
    return [
      lineNumbers(),
      lintGutter(),
      history(),
      drawSelection(),
      highlightActiveLine(),
      highlightActiveLineGutter(),
      highlightSelectionMatches(),
      indentUnit.of("  "),
      EditorView.lineWrapping,
      yaml(),
      syntaxHighlighting(COLOURS),
      search({ top: true }),
      keymap.of([...defaultKeymap, ...historyKeymap, ...searchKeymap]),
      currentLanguage() === "zh" ? EditorState.phrases.of(CHINESE) : [],
      EditorView.contentAttributes.of({ "aria-label": t("file.label", { file }), tabindex: "0", spellcheck: "false" }),
      EditorView.updateListener.of((update) => {
        if (update.docChanged && !this.#quiet) this.changed(update.state.doc.toString());
      }),
      LOOK,
    ];
  }
}
