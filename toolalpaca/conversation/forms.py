"""The prompt forms and their labels, which name the parts of a conversation in its text, and turns split at them.

A form is one entry in PROMPT_FORMS and one template, `prompts/Assistant_NAME.txt`. The scripts list the names of
PROMPT_FORMS in their help, so this module imports nothing heavy. Models write labels in many variants, which are
recognised too.
"""

import re
from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True)
class PromptForm:
    """The labels of one form, each including its colon."""

    name: str
    question: str
    thought: str = "Thought:"
    action: str = "Action:"
    action_input: str = "Action Input:"
    observation: str = "Observation:"
    answer: str = "Final Answer:"

    @property
    def labels(self) -> dict[str, str]:
        """Return the form's labels by the part that each introduces."""
        return {"question": self.question, "thought": self.thought, "action": self.action, "input": self.action_input,
                "observation": self.observation, "answer": self.answer}

    @property
    def speaker(self) -> str:
        """Return the word that begins the assistant's labels, such as ASSISTANT; "" if there is none."""
        words = {label.split()[0] for label in (self.thought, self.action, self.answer) if " " in label}
        return words.pop() if len(words) == 1 and " " in self.thought else ""

    def call_text(self, thought: str, action: str, action_input: str) -> str:
        """Return a call as the assistant writes it after the thought label."""
        return f"{spaced(thought)}\n{self.action} {action}\n{self.action_input} {action_input}"

    def answer_text(self, thought: str, answer: str) -> str:
        """Return the last turn as the assistant writes it after the thought label."""
        return f"{spaced(thought)}\n{self.answer}{spaced(answer)}"


PROMPT_FORMS: dict[str, PromptForm] = {form.name: form for form in (
    PromptForm("train_v1", "Question:"),
    PromptForm("train_v2", "Question:"),
    PromptForm("test_v1", "USER:", "ASSISTANT Thought:", "ASSISTANT Action:", "ASSISTANT Action Input:",
               "ASSISTANT Observation:", "ASSISTANT Response:"),
    PromptForm("test_v2", "Question:"),
)}
TOOLS = "tools"  # the name of native tool calling, which is not a text form
LOG_FORM = PROMPT_FORMS["train_v2"]  # the form in which the steps of native tool calling are written down
_PUBLISHED = (LOG_FORM, PROMPT_FORMS["test_v1"])  # their labels count in a text whose form is not known


_OWN_PARTS = ("thought", "action", "input", "observation", "answer")  # all but the user's question


def spaced(text: str) -> str:
    """Return the text preceded by the blank that separates it from its label; "" for an empty text."""
    text = text.strip()
    return f" {text}" if text else ""


def spelled(label: str) -> str:
    """Return a pattern for a label without its colon that allows for different spacing."""
    return r"[ \t\u00a0_]*".join(re.escape(word) for word in label.rstrip(": ").split())


@lru_cache(maxsize=64)
def _label_line(parts: tuple[str, ...], forms: tuple[PromptForm, ...], marks: str = "") -> re.Pattern[str]:
    """Return a pattern for a line that begins with the label, perhaps between marks, of a part in one of the forms."""
    labels = sorted({form.labels[part] for form in forms for part in parts}, key=len, reverse=True)
    words, around = "|".join(map(spelled, labels)), rf"[ \t{marks}]*"
    return re.compile(rf"^{around}(?:{words}){around}:", re.MULTILINE | re.IGNORECASE)


def _readable(form: PromptForm | None) -> tuple[PromptForm, ...]:
    return _PUBLISHED if form is None else (form, *_PUBLISHED)


def form_of_log(log: str) -> PromptForm | None:
    """Return the first form that has written the log of a call; None if there is none."""
    return next((form for form in PROMPT_FORMS.values() if all(
        _label_line((part,), (form,), "*").search(log) for part in ("action", "input"))), None)


def thought_in(log: str) -> str:
    """Return the thought in the stored log of a step, in whichever form it was written."""
    forms = _readable(form_of_log(log))
    label = _label_line(("action", "input"), forms, "*").search(log)
    thought = (log[:label.start()] if label else log).strip()
    opening = _label_line(("thought",), forms).match(thought)
    return thought[opening.end():].strip() if opening else thought


def holds_label(text: str, form: PromptForm | None = None, parts: tuple[str, ...] = _OWN_PARTS) -> bool:
    """Return whether a line of the text begins with a label of its form or of a published one."""
    return _label_line(parts, _readable(form)).search(text) is not None


_INPUT_WORD = r"(?:input|arguments?|args|param(?:eter)?s?)"
_TOOL_WORD = r"(?:action|tool|function|api|call)"
_SYNONYMS = {  # in addition to the form's own labels
    "thought": r"thoughts?", "action": r"action(?:[ \t_]*name)?",
    "input": rf"(?:action|tool|function|api)[ \t\u00a0_]*{_INPUT_WORD}",
    "observation": r"observation",
    "answer": r"(?:the[ \t]+)?final[ \t_]*(?:answer|response|reply|output)"
              r"(?:[ \t]+is|[ \t]+(?:to|for)(?:[ \t]+the)?[ \t]+(?:user|question))?",
    "weak_action": rf"(?:(?:selected|chosen|next|used?|my)[ \t_]+)?{_TOOL_WORD}(?:[ \t_]*(?:name|call|step|used|taken"
                   r"|to[ \t]+(?:use|take|call)))?",
    "weak_input": _INPUT_WORD,
    "weak_answer": r"(?:answer|response|reply|conclusion|final)(?:[ \t]+to(?:[ \t]+the)?[ \t]+user)?",
}
_TRANSLATED = {  # in the languages in which models write labels when the user does
    "thought": "Gedanke|Überlegung|Pensée|Réflexion|Pensamiento|Pensiero|Pensamento|Gedachte|Tanke|Myśl|Мысль|Думка"
               "|Размышление|Düşünce|思考|想法|思路|생각|فكرة|विचार|Suy nghĩ",
    "action": "Aktion|Acción|Azione|Ação|Actie|Åtgärd|Akcja|Działanie|Действие|Дія|Eylem|行动|行動|动作|動作|操作"
              "|アクション|행동|액션|إجراء|कार्य|Hành động",
    "input": "Aktionseingabe|Eingabe(?: der Aktion)?|Entrée de l['’]action|Entrada (?:de(?: la)?|da) (?:acción|ação)"
             "|Input dell['’]azione|Actie[ -]?invoer|Åtgärdsindata|Dane wejściowe(?: akcji)?|Wejście akcji"
             "|Входные данные(?: действия)?|Ввод действия|Вхідні дані(?: дії)?|Eylem girdisi"
             "|(?:行动|行動|动作|動作|操作)(?:输入|輸入|参数|參數|の入力)|アクション(?:の)?入力|(?:행동|액션) 입력"
             "|مدخلات الإجراء|Đầu vào hành động",
    "observation": "Beobachtung|Observación|Osservazione|Observação|Observatie|Observasjon|Obserwacja|Наблюдение"
                   "|Спостереження|Gözlem|观察|觀察|観察|관찰|ملاحظة|Quan sát",
    "answer": "(?:Endgültige|Finale|Abschließende) Antwort|Réponse finale|Respuesta final|Risposta finale"
              "|Resposta final|Definitief antwoord|Eindantwoord|Endelig svar|Slutgiltigt svar|Ostateczna odpowiedź"
              "|Odpowiedź końcowa|(?:Окончательный|Итоговый|Финальный) ответ|(?:Остаточна|Кінцева) відповідь"
              "|(?:Nihai|Son) cevap|(?:最终|最終)(?:答案|回答|回复|的な答え)|최종 답변?|الإجابة النهائية|अंतिम उत्तर"
              "|Câu trả lời cuối cùng|Jawaban akhir|Konečná odpověď|Végső válasz|Răspuns(?:ul)? final|Τελική απάντηση"
              "|Lopullinen vastaus|Endeligt svar|ה?תשובה ה?סופית|پاسخ نهایی|คำตอบสุดท้าย",
}
_SYNONYMS |= {kind: f"{_SYNONYMS[kind]}|{words}" for kind, words in _TRANSLATED.items()}
_HTML = r"(?:b|strong|i|em|u|p|li)>"  # what some write for asterisks
_BEFORE = (  # list markers, headings, emoji, numbers, brackets
    r"^[^\w\n\"'“(){}]{0,12}(?:\(?(?:\d{1,2}|[a-e])[.)][ \t]*|step[ \t]*\d{1,2}[ \t]*[.:)-]?[ \t]*)?"
    rf"(?:[*_`\[<]{{0,4}}|<{_HTML}[ \t]*)")
COLON = "[:：﹕︓∶]"
_NUMBER = (r"(?:(?:#|no\.[ \t]*|n°[ \t]*)?\d{1,2}\.?|[(\[]\d{1,2}(?:/\d{1,2})?[)\]]|\([a-z ]{1,20}\)|[ivx]{1,4}|[Ⅰ-ⅻ]"
           "|one|two|three|four|five)")
_AFTER = (rf"(?:[ \t_-]*{_NUMBER})?[\])*_`> \t\u00a0]{{0,12}}(?:</{_HTML}[ \t]*)?"
          rf"(?:{COLON}|(?<=[ \t])(?:=|[=-]>|→)(?=[ \t]))(?:[*_]*|[ \t]*</{_HTML})")
_BOLD = r"(?<=\w)\*\*(?=[ \t]*(?:\n|\S))"
_CODE_BLOCK = re.compile(r"^[ \t]*(?P<fence>```|~~~)[^\n]*\n.*?^[ \t]*(?P=fence)[ \t]*$", re.DOTALL | re.MULTILINE)
_CLOSING_TAG = re.compile(r"</[\w ]{1,20}>\s*\Z")


@dataclass(frozen=True)
class LabelledText:
    """A label with the text that follows it, up to the next label; `label` is the label as written."""

    kind: str
    text: str
    label: str = ""


@lru_cache(maxsize=16)
def _pattern(form: PromptForm) -> re.Pattern[str]:
    """Return the pattern for all labels of a form, each in a group named after its kind; the form's own come first."""
    groups = [rf"(?P<own_{kind}>{_own(form, label)})" for kind, label in sorted(
        form.labels.items(), key=lambda item: -len(item[1]))]
    groups += [rf"(?P<speaker_answer>assistant[ \t*_]+(?:response|{_SYNONYMS['answer']}))"]
    groups += [rf"(?:assistant[\]:：]{{0,2}}[ \t*_]+)?(?P<{kind}>{words})" for kind, words in sorted(
        _SYNONYMS.items(), key=lambda item: -len(item[1]))]
    words = "|".join(groups)
    tag = rf"(?:^|(?<=>))[ \t]*[<\[](?:{words.replace('(?P<', '(?P<tag_')})[>\]]"
    bare = r"^[ \t]*[*_]{0,3}(?P<bare_answer>final[ \t_]answer)[*_]{0,3}(?:[ \t]*(?=\n)|[ \t]+[-–—](?=[ \t]))"
    heading = rf"^#+[ \t]*(?:{words.replace('(?P<', '(?P<heading_')})[ \t]*(?=\n)"
    return re.compile(rf"{_BEFORE}(?:{words})(?:{_AFTER}|{_BOLD})|{tag}|{heading}|{bare}", re.IGNORECASE | re.MULTILINE)


def label_words(form: PromptForm, kind: str) -> str:
    """Return a pattern for a label without its colon: the form's own or a synonym."""
    return rf"(?:{_own(form, form.labels[kind])}|{_SYNONYMS[kind]})"


def _own(form: PromptForm, label: str) -> str:
    """Return a pattern for a form's label whose speaker, such as ASSISTANT, may be missing."""
    speaker = form.speaker
    if speaker and label.startswith(speaker):
        return rf"(?:{spelled(speaker)}[ \t*_]+)?{spelled(label.removeprefix(speaker))}"
    return spelled(label)


def _kind(match: re.Match[str]) -> str:
    kind = str(next(name for name, text in match.groupdict().items() if text is not None))
    for prefix in ("tag_", "heading_", "own_", "speaker_", "bare_"):
        kind = kind.removeprefix(prefix)
    return kind


def labelled_parts(text: str, form: PromptForm) -> list[LabelledText]:
    """Return the text split at its labels; text before the first one is the thought that the prompt asked for."""
    found = _outside_quoted(text, [label for label in _pattern(form).finditer(text) if _counts(label, form)])
    starts = [label.start() for label in found] + [len(text)]
    parts = [LabelledText("thought", text[:starts[0]])]
    parts += [_part(label, text[label.end():end]) for label, end in zip(found, starts[1:], strict=True)]
    parts = parts if parts[0].text.strip() or len(parts) == 1 else parts[1:]
    return _without_weak(parts)


def _outside_quoted(text: str, labels: list[re.Match[str]]) -> list[re.Match[str]]:
    """Return the labels without those in a code block of the final answer."""
    answer = next((label.end() for label in labels if _kind(label) in ("answer", "weak_answer")), len(text))
    blocks = [block.span() for block in _CODE_BLOCK.finditer(text, answer)]
    return [label for label in labels if not any(start < label.start() < end for start, end in blocks)]


def _counts(label: re.Match[str], form: PromptForm) -> bool:
    """Return whether a label counts; the question's label counts only exactly as the form writes it."""
    return _kind(label) != "question" or label[0].strip() == form.question


def _part(label: re.Match[str], text: str) -> LabelledText:
    if label[0].rstrip().endswith(">"):
        text = _CLOSING_TAG.sub("", text)
    if re.match(r"\s*\*\*[^*]+\Z", label[0]) and text.rstrip().endswith("**"):  # both inside the same asterisks
        text = text.rstrip()[:-2]
    return LabelledText(_kind(label), text, label[0])


def _without_weak(parts: list[LabelledText]) -> list[LabelledText]:
    """Treat words such as `Input:` as labels only where a call needs them, and as text elsewhere."""
    kinds = {part.kind for part in parts}
    whole: list[LabelledText] = []
    for place, part in enumerate(parts):
        before = whole[-1].kind if whole else ""
        after = parts[place + 1].kind if place + 1 < len(parts) else ""
        counts = {"weak_input": before == "action", "weak_answer": not kinds & {"answer", "action", "weak_action"},
                  "weak_action": before != "answer" and after in ("input", "weak_input")}
        if counts.get(part.kind, True) or not whole:
            whole.append(LabelledText(part.kind.removeprefix("weak_"), part.text, part.label))
        else:
            whole[-1] = LabelledText(before, whole[-1].text + part.label + part.text, whole[-1].label)
    return whole
