"""The page in a real browser: search, filters, keys, links, escaping, folding, speed and size of the screen."""

import json
import re
import time

import pytest
from browser import chromium, open_page
from report_runs import HOSTILE, instance, record, small_evaluation, small_run, step, written

from toolalpaca.conversation.forms import PROMPT_FORMS
from toolalpaca.conversation.rendering import segments
from toolalpaca.report.inputs import read_inputs
from toolalpaca.report.page import write_report

BIG = 4_000


def report(folder, records, *evaluations):
    runs = [written(folder / "run.json", records)]
    return write_report(read_inputs(runs, list(evaluations), None, None), folder / "report",
                        lambda record, one: segments(PROMPT_FORMS["test_v1"], record, one))


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    folder = tmp_path_factory.mktemp("small")
    records = small_run()
    return report(folder, records, written(folder / "eval.json", small_evaluation(records)))


@pytest.fixture(scope="module")
def window():
    with chromium() as session:
        yield session


@pytest.fixture
def browser(window, page):
    open_page(window, page, "#traces")
    return window


def text(browser, selector):
    return browser.execute_script("return document.querySelector(arguments[0])?.textContent ?? ''", selector)


def texts(browser, selector):
    return browser.execute_script("return [...document.querySelectorAll(arguments[0])].map(one => one.textContent)",
                                  selector)


def count(browser):
    return text(browser, "#count").split()[0]


def wait_for(condition, seconds=5):
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.02)


def press(browser, keys):
    from selenium.webdriver.common.action_chains import ActionChains

    ActionChains(browser).send_keys(keys).perform()


def choose(browser, field, value):
    browser.execute_script("const one = document.getElementById(arguments[0]); one.value = arguments[1];"
                           "one.dispatchEvent(new Event('input', {bubbles: true}))", field, value)


def test_the_list_shows_apis_and_their_conversations(browser):
    assert count(browser) == "5"
    assert texts(browser, ".row .name") == ["Lantern", "Lamp / Light & <b>"]
    assert len(texts(browser, ".row.instance")) == 5


@pytest.mark.parametrize(("words", "found"), [("BLUE lantern", "1"), ("find", "4"), ("tall one", "1"), ("zebra", "0")])
def test_search_finds_all_words_anywhere_in_a_conversation(browser, words, found):
    press(browser, "/")
    press(browser, words)
    wait_for(lambda: count(browser) == found)
    assert browser.execute_script("return document.activeElement.id") == "search"


@pytest.mark.parametrize(("field", "value", "found"), [
    ("category", "Home <i>", "2"), ("calls", "2", "1"), ("calls", "0", "1"), ("verification-filter", "passed", "1"),
    ("verification-filter", "answer_breaks_request", "1"), ("verification-filter", "not verified", "3"),
    ("verdict", "both right", "1"), ("verdict", "process wrong", "1"), ("verdict", "no solution", "1"),
    ("function", "list", "1"), ("function", "getDetails", "1")])
def test_filters(browser, field, value, found):
    choose(browser, field, value)
    wait_for(lambda: count(browser) == found)


def test_filters_are_cleared(browser):
    choose(browser, "calls", "2")
    wait_for(lambda: count(browser) == "1")
    browser.execute_script("document.querySelector('button[type=reset]').click()")
    wait_for(lambda: count(browser) == "5")


def test_keys_go_through_the_conversations_and_pass_over_apis(browser):
    for key, heading in (("j", "Lantern #0"), ("j", "Lantern #1"), ("j", "Lantern #2"), ("j", "Lamp / Light & <b> #0"),
                         ("k", "Lantern #2")):
        press(browser, key)
        wait_for(lambda heading=heading: text(browser, "#trace h2").startswith(heading))
    assert text(browser, ".row.selected").startswith("Find nothing")


def test_what_is_typed_right_behind_the_key_is_searched_for_from_the_overview_too(window, page):
    open_page(window, page)
    press(window, "/blue")
    assert window.execute_script("return document.getElementById('search').value") == "blue"
    wait_for(lambda: count(window) == "1")


def test_keys_type_letters_where_letters_are_typed(browser):
    press(browser, "/")
    press(browser, "jk/")
    assert browser.execute_script("return document.getElementById('search').value") == "jk/"
    assert text(browser, "#trace h2") == ""
    from selenium.webdriver.common.keys import Keys

    press(browser, Keys.ESCAPE)
    press(browser, "j")
    assert browser.execute_script("return document.activeElement.id") == "list"


def test_a_link_opens_its_conversation(browser, page):
    link = browser.execute_script("return [...document.querySelectorAll('.row.instance')].at(-1).getAttribute('href')")
    open_page(browser, page, link)
    assert text(browser, "#trace h2").startswith("Lamp / Light & <b> #1")
    assert text(browser, ".row.selected").startswith("Show my favourite lamp")
    assert "tall one" in text(browser, ".turn.observation")


def test_a_link_to_what_is_not_there_says_so(browser, page):
    open_page(browser, page, "#trace/run/Nobody/3")
    assert "no such conversation" in text(browser, "#trace")


def test_a_conversation_is_drawn_as_turns(browser, page):
    open_page(browser, page, "#trace/run/Lantern/1")
    assert [one.split()[0] for one in texts(browser, ".turn h3")] == [
        "User", "Thought", "Action", "Observation", "Thought", "Action", "Observation", "Last", "Answer"]
    assert len(texts(browser, ".turn.is-trained")) == 6
    assert not texts(browser, ".turn.user.is-trained, .turn.observation.is-trained")
    assert texts(browser, ".turn.action .function") == ["find", "find"]
    assert texts(browser, ".turn.action dd") == ['"blue"', '"grey"']
    assert "asked for green" in text(browser, ".judgement")
    assert "Because of 1." in text(browser, "#trace")


def test_what_the_judge_overruled_is_shown(browser, page):
    open_page(browser, page, "#trace/run/Lantern/0")
    assert "Rules that the judge overruled" in text(browser, ".judgement") and "'red'" in text(browser, ".judgement")


def test_differences_from_the_golden_calls_are_marked(browser, page):
    open_page(browser, page, "#trace/run/Lantern/1")
    assert texts(browser, ".golden tr.wrong th, .golden tr.wrong td") == ["colour", "green", "grey", "✗ wrong argument"]


def test_long_json_is_folded_and_opens(browser, page):
    open_page(browser, page, "#trace/run/Lantern/1")
    folded = "#trace .turn.observation details"
    assert text(browser, f"{folded} summary").startswith("JSON, ")
    assert text(browser, f"{folded} pre") == ""
    browser.execute_script("document.querySelector(arguments[0]).click()", f"{folded} summary")
    wait_for(lambda: '"id": 39' in text(browser, f"{folded} pre"))


@pytest.mark.parametrize(("answer", "drawn"), [
    ('{"a": [1]}. Try again.', ['{\n  "a": [\n    1\n  ]\n}', "Try again."]), ('{"a": 1', ['{"a": 1']),
    ("[1]", ["[\n  1\n]"]), ("no {json}", ["no {json}"])])
def test_what_is_said_behind_a_json_answer_is_told_from_it(browser, answer, drawn):
    script = "return drawObservation(arguments[0]).filter(one => one.tagName === 'PRE').map(one => one.textContent)"
    assert browser.execute_script(script, f"Status Code: 404. Response: {answer}") == drawn


def test_markup_and_script_are_shown_as_text(browser, page):
    open_page(browser, page, "#trace/run/" + "Lamp%20%2F%20Light%20%26%20%3Cb%3E" + "/0")
    assert browser.title == "run"
    assert text(browser, ".turn.user .prose") == HOSTILE
    assert text(browser, ".turn.answer .prose") == HOSTILE
    assert json.loads(text(browser, ".turn.action dd")) == HOSTILE
    assert text(browser, ".turn.observation pre") == HOSTILE
    assert browser.execute_script("return document.querySelectorAll('#trace script, #trace img, #rows b, #overview i')"
                                  ".length") == 0


def test_a_script_that_got_in_would_not_run(browser):
    browser.execute_script("const made = document.createElement('script'); made.textContent = 'document.title = 1';"
                           "document.body.append(made)")
    assert browser.title == "run"


def test_the_overview_holds_tables_and_plots(window, page):
    window.get_log("browser")  # what other tests left there
    open_page(window, page)
    assert text(window, "body > header h1") == "run"
    assert "answer_breaks_request" in text(window, "#verification")
    assert "95 % Wilson interval" in text(window, "#evaluation")
    assert window.execute_script("return document.querySelectorAll('figure svg').length") >= 5
    assert text(window, "#cost") == ""
    assert not [line for line in window.get_log("browser") if line["level"] == "SEVERE"]


def test_print_opens_what_is_folded(browser, page):
    open_page(browser, page, "#trace/run/Lantern/1")
    browser.execute_cdp_cmd("Page.printToPDF", {})
    browser.execute_script("dispatchEvent(new Event('beforeprint'))")
    wait_for(lambda: '"id": 39' in text(browser, "#trace .turn.observation details pre"))
    browser.execute_script("dispatchEvent(new Event('afterprint'))")
    assert browser.execute_script("return document.querySelectorAll('#trace details[open]').length") == 0


def test_print_is_dark_on_light_in_the_dark_too(browser, page):
    open_page(browser, page, "#trace/run/Lantern/1")
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {
        "media": "print", "features": [{"name": "prefers-color-scheme", "value": "dark"}]})
    try:
        found = browser.execute_script(
            "const styles = ['td', '.badge'].map(part => document.querySelector('.golden tr.wrong ' + part))"
            ".map(part => getComputedStyle(part)); return styles.map(one => [one.color, one.backgroundColor])")
    finally:
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "", "features": []})
    for colour, ground in found:
        assert brightness(colour) + 90 < brightness(ground)


def brightness(colour):
    return sum(int(part) for part in re.findall(r"\d+", colour)[:3]) / 3


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("fragment", ["", "#traces", "#trace/run/Lantern/1"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_wider_than_the_screen(window, page, width, fragment, scheme, tmp_path):
    window.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
        "width": width, "height": 844, "deviceScaleFactor": 1, "mobile": width < 600})
    window.execute_cdp_cmd("Emulation.setEmulatedMedia", {
        "features": [{"name": "prefers-color-scheme", "value": scheme}]})
    try:
        open_page(window, page, fragment)
        assert window.execute_script("return document.documentElement.scrollWidth <= innerWidth")
        shown = [window.execute_script("return document.querySelector(arguments[0]).checkVisibility()", part)
                 for part in ("#overview", "#finder", "#trace")]
        wide = width > 600
        assert shown == {"": [True, False, False], "#traces": [False, True, wide]}.get(fragment, [False, wide, True])
        ground = window.execute_script("return getComputedStyle(document.body).backgroundColor")
        assert (ground == "rgb(255, 255, 255)") is (scheme == "light")
        assert window.save_screenshot(str(tmp_path / "page.png"))
    finally:
        window.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
        window.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": 1280, "height": 900, "deviceScaleFactor": 1, "mobile": False})


@pytest.fixture(scope="module")
def big_page(tmp_path_factory):
    answer = "Status Code: 200. Response: " + json.dumps({"items": [{"id": n, "name": "A lantern"} for n in range(12)]})
    records = [record(f"Lantern {api}", *[
        instance(f"Find lantern {api}-{place} in word{place * 7 + api}", step("find", {"colour": "red"}, answer),
                 step("find", {"colour": f"shade {place}"}, answer)) for place in range(10)])
               for api in range(BIG // 10)]
    return report(tmp_path_factory.mktemp("big"), records)


def test_four_thousand_conversations_draw_only_the_rows_in_view(window, big_page):
    open_page(window, big_page, "#traces")
    assert count(window) == "4,000"
    assert len(texts(window, ".row")) < 60
    ratios = [window.execute_script(
        "const box = byId('list'), draws = step => { const start = performance.now(); for (let n = 0; n < 50; n++)"
        "{ box.scrollTop = n * step; drawRows(); } return performance.now() - start; };"
        "const near = draws(40); return draws(4000) / near;") for _ in range(5)]
    assert min(ratios) < 5, ratios  # far down the list a row costs what it costs at its top
    assert len(texts(window, ".row")) < 60
    press(window, "/")
    press(window, "lantern 399-9 word462")
    wait_for(lambda: count(window) == "1", 20)
