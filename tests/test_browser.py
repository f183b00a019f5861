# SPDX-License-Identifier: MIT
"""The user stories in Chromium, with scripts and without, by keyboard and on a narrow screen."""
import pytest
from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

import conftest
from test_monolithic import PASSWORD, arguments, hook, load, make_posts  # noqa: F401

STORIES = ["/", "/recommended/", "/search_results/post", "/posts/p1", "/posts/long", "/posts/evil",
           "/login", "/signup", "/nope"]
OWN = ["/hidden", "/shares", "/account", "/"]


@pytest.fixture(scope="module")
def site(run_module, tmp_path_factory, hook, store):  # noqa: F811
    address = load(store.at(tmp_path_factory.mktemp("store") / "posts.db"), make_posts())
    return run_module("monolithic", *arguments(
        address, "--allow-hosts=127.0.0.1:%d" % hook.server_address[1]))


def eventually(check):
    """What check() returns once it is true. While a page gives way to the next one its elements
    are gone: that is not yet."""
    def quietly():
        try:
            return check()
        except WebDriverException:
            return None

    return conftest.eventually(quietly)


class Browser(webdriver.Chrome):
    def __init__(self):
        options = webdriver.ChromeOptions()
        options.binary_location = "/usr/bin/chromium"
        for one in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                    "--window-size=1280,900"):
            options.add_argument(one)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        super().__init__(service=Service("/usr/bin/chromedriver"), options=options)
        self.site = None

    def scripts(self, on):
        self.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": not on})

    def screen(self, width, height=900):
        self.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": False})

    def scheme(self, name):
        self.execute_cdp_cmd("Emulation.setEmulatedMedia", {
            "features": [{"name": "prefers-color-scheme", "value": name}]})

    def open(self, path):
        self.get(self.site.url(path))

    def css(self, selector):
        return self.find_elements(By.CSS_SELECTOR, selector)

    def one(self, selector):
        return eventually(lambda: self.css(selector))[0]

    def status(self):
        return self.one("#status").text

    def path(self):
        return self.current_url.removeprefix(self.site.url(""))

    def like_button(self, post):
        return self.one("[data-post-id=%s] button.like" % post)

    def pressed(self, post):
        """The like button's state."""
        return self.like_button(post).get_attribute("aria-pressed")

    def send(self, button):
        """Press it and wait for the page that follows."""
        old = self.css(".foot")
        button.click()
        eventually(lambda: self.css(".foot") and self.css(".foot") != old)


@pytest.fixture(scope="module")
def chromium():
    browser = Browser()
    yield browser
    browser.quit()


names = iter(range(10_000))


@pytest.fixture
def browser(chromium, site):
    """A fresh visitor with scripts on a wide screen."""
    chromium.site = site
    chromium.scripts(True)
    chromium.screen(1280)
    chromium.scheme("light")
    chromium.delete_all_cookies()
    chromium.execute_cdp_cmd("Network.clearBrowserCookies", {})
    chromium.get_log("browser")
    yield chromium
    wrong = [line["message"] for line in chromium.get_log("browser")
             if "Content Security" in line["message"] or "Uncaught" in line["message"]]
    assert not wrong


@pytest.fixture(params=["scripts", "no scripts"])
def either(request, browser):
    browser.scripts(request.param == "scripts")
    return browser


def sign_up(browser):
    name = "reader%d" % next(names)
    browser.open("/signup")
    browser.one("#name").send_keys(name)
    browser.one("#password").send_keys(PASSWORD)
    browser.send(browser.one("main form button"))
    assert "Welcome" in browser.status()
    return name


def log_out(browser):
    browser.send(browser.one("[action='/logout'] button"))


def test_front_page_search_page_through_and_open_a_post(either):
    either.open("/")
    assert len(either.css(".card")) == 12
    either.one("#search").send_keys("post number", Keys.ENTER)
    eventually(lambda: either.path() == "/search_results/post%20number")
    either.one("a[rel=next], .pager button")
    either.open("/search_results/post%20number?page=2")
    assert either.css(".pager [aria-current=page]")[0].text.endswith("2")
    title = either.one(".card h2 a")
    words = title.text
    either.send(title)
    assert either.one("h1").text == words


def test_sign_up_log_out_and_log_in(either):
    name = sign_up(either)
    log_out(either)
    assert "logged out" in either.status()
    either.open("/login")
    either.one("#name").send_keys(name)
    either.one("#password").send_keys("not the password")
    either.send(either.one("main form button"))
    assert either.title.startswith("Error: ") and either.one("#name").get_property("value") == name
    either.one("#password").send_keys(PASSWORD, Keys.ENTER)
    eventually(lambda: either.css("[action='/logout']"))


def test_like_and_take_it_back(either):
    sign_up(either)
    either.open("/search_results/%22post%20number%2030%22")
    before = int(either.one("[data-post-id=p30] .count").text)
    for pressed, total in (("true", before + 1), ("false", before)):
        either.like_button("p30").click()
        eventually(lambda: either.pressed("p30") == pressed)
        assert int(either.one("[data-post-id=p30] .count").text) == total
    either.open("/posts/p30")
    assert either.like_button("p30").get_attribute("aria-pressed") == "false"


def test_hide_and_undo(either):
    sign_up(either)
    either.open("/")
    first = either.one(".card").get_attribute("data-post-id")
    either.one("[data-post-id=%s] button.hide" % first).click()
    undo = eventually(lambda: [one for one in either.css("#status button, .gone button")
                               if one.text == "Undo"])[0]
    undo.click()
    eventually(lambda: either.css("[data-post-id=%s] button.hide" % first))
    either.open("/hidden")
    assert not either.css(".card")


def test_hidden_posts_can_be_shown_again(either):
    sign_up(either)
    either.open("/posts/p2")
    either.send(either.one("button.hide"))
    assert "not see this again" in either.status()
    either.open("/hidden")
    either.one("[data-post-id=p2] button.show").click()
    eventually(lambda: "Back in your lists" in either.one("main").text)
    either.open("/hidden")
    assert "You have hidden nothing" in either.one("main").text


def test_share_refused_then_delivered(either, hook):  # noqa: F811
    sign_up(either)
    either.open("/posts/p4")
    either.one("#to").send_keys("http://10.0.0.1/")
    either.send(either.one("form[action$=share] button"))
    assert either.title.startswith("Error: ")
    assert either.one("#to").get_property("value") == "http://10.0.0.1/"
    either.one("#to").clear()
    either.one("#to").send_keys("http://127.0.0.1:%d/hook" % hook.server_address[1])
    either.send(either.one("form[action$=share] button"))
    assert "Delivered" in either.status()
    either.open("/shares")
    assert "Delivered" in either.one(".card").text


def test_a_like_before_the_login_leads_there_and_back(either):
    name = sign_up(either)
    log_out(either)
    either.open("/search_results/post?page=2")
    either.send(either.one("button.like"))
    assert either.path().startswith("/login?next=") and "Please log in" in either.status()
    either.one("#name").send_keys(name)
    either.one("#password").send_keys(PASSWORD)
    either.send(either.one("main form button"))
    assert either.path() == "/search_results/post?page=2"


def test_with_scripts_a_like_stays_on_the_page(browser):
    sign_up(browser)
    browser.open("/")
    browser.execute_script("window.stayed = true")
    browser.like_button("p2").click()
    eventually(lambda: browser.pressed("p2") == "true")
    assert browser.like_button("p2").text.startswith("Liked")
    assert browser.execute_script("return window.stayed")
    browser.open("/posts/p2")
    assert browser.like_button("p2").get_attribute("aria-pressed") == "true"


def test_when_a_script_fails_the_form_is_sent_as_ever(browser):
    sign_up(browser)
    browser.open("/")
    browser.execute_script("window.fetch = () => Promise.reject(new Error('offline'))")
    browser.send(browser.like_button("p3"))
    assert "You like" in browser.status()


def test_with_scripts_the_session_can_end_under_a_page(browser):
    sign_up(browser)
    browser.open("/")
    browser.execute_cdp_cmd("Network.clearBrowserCookies", {})
    browser.send(browser.like_button("p2"))
    assert browser.path().startswith("/login")


def test_with_scripts_lists_scroll_on_and_then_ask(browser):
    browser.open("/recommended/")
    eventually(lambda: browser.execute_script("window.scrollTo(0, document.body.scrollHeight)") or
               len(browser.css(".card")) >= 48)
    more = browser.one(".pager button")
    assert more.text == "Load more" and len(browser.css(".card")) == 48
    ids = [one.get_attribute("data-post-id") for one in browser.css(".card")]
    assert len(set(ids)) == 48
    more.click()
    eventually(lambda: len(browser.css(".card")) == 60)
    active = browser.switch_to.active_element
    assert active.find_element(By.XPATH, "ancestor::li").get_attribute("data-post-id") not in ids


def test_without_scripts_lists_stay_and_the_pager_leads_on(browser):
    browser.scripts(False)
    browser.open("/recommended/")
    assert len(browser.css(".card")) == 12
    browser.send(browser.one(".pager a[rel=next]"))
    assert browser.path() == "/recommended/?page=2" and len(browser.css(".card")) == 12


def test_the_first_tab_is_a_visible_skip_link(browser):
    browser.open("/")
    browser.one("body").send_keys(Keys.TAB)
    skip = browser.switch_to.active_element
    assert skip.get_attribute("href").endswith("#main")
    assert skip.rect["x"] >= 0 and skip.rect["width"] > 0
    skip.send_keys(Keys.ENTER)
    assert eventually(lambda: browser.switch_to.active_element.get_attribute("id") == "main")


def test_everything_is_reached_by_keyboard_and_shows_its_focus(browser):
    sign_up(browser)
    browser.open("/posts/p1")
    browser.execute_script("document.activeElement.blur()")
    reached, body = [], browser.one("body")
    for _ in range(40):
        body.send_keys(Keys.TAB) if not reached else browser.switch_to.active_element.send_keys(Keys.TAB)
        now = browser.switch_to.active_element
        if now.tag_name == "body":
            break
        style = browser.execute_script(
            "const s = getComputedStyle(arguments[0]); return s.outlineStyle + s.outlineWidth", now)
        assert style not in ("none0px",) and not style.startswith("none"), now.get_attribute("outerHTML")
        reached.append(now)
    wanted = browser.execute_script(
        "return [...document.querySelectorAll('a[href], button, input:not([type=hidden])')]"
        ".filter(e => e.checkVisibility()).length")
    assert len(reached) >= wanted


def test_a_like_by_keyboard_keeps_the_focus(browser):
    sign_up(browser)
    browser.open("/")
    browser.like_button("p4").send_keys(Keys.ENTER)
    eventually(lambda: browser.pressed("p4") == "true")
    assert browser.switch_to.active_element == browser.like_button("p4")


@pytest.mark.parametrize("path", STORIES)
def test_no_sideways_scroll_at_320_pixels(browser, path):
    browser.screen(320)
    browser.open(path)
    assert browser.execute_script("return document.documentElement.scrollWidth") <= 320


def test_no_sideways_scroll_at_320_pixels_when_logged_in(browser):
    browser.screen(320)
    sign_up(browser)
    for path in OWN:
        browser.open(path)
        assert browser.execute_script("return document.documentElement.scrollWidth") <= 320


TOO_SMALL = """
return [...document.querySelectorAll('a[href], button, input:not([type=hidden]):not([readonly])')]
  .filter(e => e.checkVisibility() && !e.classList.contains('skip') && !e.closest('p:not(.meta, .links, .more)'))
  .filter(e => { const r = e.getBoundingClientRect(); return r.width < 24 || r.height < 24 })
  .filter(e => !e.matches('h2 a') && !e.closest('.problems'))
  .map(e => e.outerHTML)
"""

# The contrast of every text with the nearest painted background (WCAG 2.2, 1.4.3).
FAINT = """
const rgb = t => { const m = t.match(/[\\d.]+/g).map(Number); return m.length < 4 ? [...m, 1] : m };
const light = c => c.slice(0, 3).map(v => { v /= 255; return v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4 })
  .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
const behind = e => { for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor); if (c[3] === 1) return c } return [255, 255, 255, 1] };
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), bad = [];
for (let node; (node = walker.nextNode());) {
  const e = node.parentElement, style = getComputedStyle(e);
  if (!node.data.trim() || !e.checkVisibility() || e.closest('.vh, .skip, [aria-hidden=true], script')) continue;
  const [a, b] = [light(rgb(style.color)), light(behind(e))].sort((x, y) => y - x);
  const size = parseFloat(style.fontSize), large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
  if ((a + .05) / (b + .05) < (large ? 3 : 4.5)) bad.push(node.data.trim().slice(0, 40) + ' ' + ((a + .05) / (b + .05)).toFixed(2));
}
return bad
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_texts_have_contrast_and_targets_size(browser, scheme):
    browser.scheme(scheme)
    for path in STORIES:
        browser.open(path)
        assert browser.execute_script(FAINT) == [], path
        assert browser.execute_script(TOO_SMALL) == [], path
    sign_up(browser)
    browser.open("/posts/p1")
    browser.one("#to").send_keys("nonsense")
    browser.send(browser.one("form[action$=share] button"))
    for path in [None, *OWN]:
        if path:
            browser.open(path)
        assert browser.execute_script(FAINT) == [], path
        assert browser.execute_script(TOO_SMALL) == [], path


def test_twice_as_large_text_loses_nothing(browser):
    browser.screen(1280)
    for path in STORIES:
        browser.open(path)
        browser.execute_script(
            "const s = new CSSStyleSheet(); s.replaceSync('html { font-size: 200% }');"
            "document.adoptedStyleSheets = [s]")
        assert browser.execute_script("return document.documentElement.scrollWidth") <= 1280


def test_pictures_load_and_none_is_broken(browser):
    browser.open("/")
    for image in browser.css("img.thumb"):
        browser.execute_script("arguments[0].scrollIntoView()", image)
    eventually(lambda: browser.execute_script(
        "return [...document.images].every(i => i.complete && i.naturalWidth > 0)"))


def test_what_others_wrote_does_not_run(browser):
    for path in ("/posts/evil", "/search_results/alert",
                 "/search_results/?q=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E"):
        browser.open(path)
        assert browser.execute_script("return document.querySelectorAll('main script').length") == 0
    with pytest.raises(Exception):
        browser.switch_to.alert.accept()
