# SPDX-License-Identifier: LGPL-2.1-or-later
"""Chromium without a screen, through chromedriver and the protocol of W3C's
WebDriver, which is HTTP and JSON: nothing but Python's own library is needed."""

import base64
import http.client
import json
import os
import shutil
import subprocess
import time

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
KEYS = {"Enter": "\ue007", "Escape": "\ue00c", "Left": "\ue012",
        "Up": "\ue013", "Right": "\ue014", "Down": "\ue015"}
START_S = 30
OPTIONS = ["--headless=new", "--disable-gpu", "--disable-dev-shm-usage",
           "--disable-extensions", "--no-first-run", "--hide-scrollbars"]


class Failure(Exception):
    """The browser said no."""


def missing():
    """What is not installed, or None."""
    for name in ("chromedriver", "chromium"):
        if not shutil.which(name):
            return f"{name} is not installed"
    return None


class Browser:
    def __init__(self, profile_dir):
        self.port = None
        self.session = None
        self.driver = subprocess.Popen(
            ["chromedriver", "--port=0"], stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True)
        for line in self.driver.stdout:
            if "started successfully on port" in line:
                self.port = int(line.split()[-1].rstrip("."))
                break
        if not self.port:
            raise Failure("chromedriver does not start")
        # A sandbox needs namespaces, which root does not use and a container
        # may not have.
        options = OPTIONS + [f"--user-data-dir={profile_dir}"]
        if os.geteuid() == 0:
            options.append("--no-sandbox")
        wanted = {"browserName": "chrome",
                  "goog:loggingPrefs": {"browser": "ALL",
                                        "performance": "ALL"},
                  "goog:chromeOptions": {"binary": shutil.which("chromium"),
                                         "args": options}}
        made = self.ask("POST", "/session",
                        {"capabilities": {"alwaysMatch": wanted}})
        self.session = made["sessionId"]

    def close(self):
        try:
            if self.session:
                self.call("DELETE", "")
        finally:
            self.driver.terminate()
            self.driver.wait()

    def ask(self, method, path, body=None):
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        link.request(method, path, json.dumps(body) if body is not None
                     else None, {"Content-Type": "application/json"})
        value = json.loads(link.getresponse().read())["value"]
        link.close()
        if isinstance(value, dict) and "error" in value:
            raise Failure(f"{path}: {value['error']}: {value['message']}")
        return value

    def call(self, method, path, body=None):
        return self.ask(method, f"/session/{self.session}{path}", body)

    def open(self, path):
        """A page, until it says that it is drawn or that it cannot be."""
        self.call("POST", "/url", {"url": "about:blank"})
        self.requests()
        self.call("POST", "/url", {"url": f"file://{os.path.abspath(path)}"})
        self.wait_for("return document.documentElement.dataset.ready || "
                      "document.documentElement.dataset.failed")

    def run(self, script, *args):
        return self.call("POST", "/execute/sync",
                         {"script": script, "args": list(args)})

    def wait_for(self, script, *args):
        end = time.monotonic() + START_S
        while time.monotonic() < end:
            value = self.run(script, *args)
            if value:
                return value
            time.sleep(0.02)
        raise Failure(f"never true: {script}")

    def find(self, selector):
        return self.call("POST", "/element",
                         {"using": "css selector", "value": selector})[ELEMENT]

    def click(self, selector):
        self.call("POST", f"/element/{self.find(selector)}/click", {})

    def type(self, selector, text):
        self.call("POST", f"/element/{self.find(selector)}/value",
                  {"text": text})

    def press(self, *names):
        """Keys, one after the other, wherever the focus is."""
        actions = []
        for name in names:
            key = KEYS.get(name, name)
            actions += [{"type": "keyDown", "value": key},
                        {"type": "keyUp", "value": key}]
        self.call("POST", "/actions", {"actions": [
            {"type": "key", "id": "keys", "actions": actions}]})

    def point(self, x, y, is_click=False):
        """The mouse, at a place of the window."""
        actions = [{"type": "pointerMove", "duration": 0, "x": int(x),
                    "y": int(y), "origin": "viewport"}]
        if is_click:
            actions += [{"type": "pointerDown", "button": 0},
                        {"type": "pointerUp", "button": 0}]
        self.call("POST", "/actions", {"actions": [
            {"type": "pointer", "id": "mouse", "actions": actions}]})

    def text(self, selector):
        return self.run("return document.querySelector(arguments[0])"
                        ".textContent", selector)

    def resize(self, width, height):
        """The page itself, not the window, which has a least width."""
        self.cdp("Emulation.setDeviceMetricsOverride",
                 {"width": width, "height": height, "deviceScaleFactor": 1,
                  "mobile": False})

    def scheme(self, name):
        self.cdp("Emulation.setEmulatedMedia", {"features": [
            {"name": "prefers-color-scheme", "value": name}]})

    def cdp(self, command, params):
        return self.call("POST", "/goog/cdp/execute",
                         {"cmd": command, "params": params})

    def requests(self):
        """Addresses that were asked for since the last call, but for those
        that the page's own policy held back."""
        urls = {}
        for entry in self.call("POST", "/se/log", {"type": "performance"}):
            event = json.loads(entry["message"])["message"]
            said = event["params"]
            if event["method"] == "Network.requestWillBeSent":
                urls[said["requestId"]] = said["request"]["url"]
            elif (event["method"] == "Network.loadingFailed" and
                  said.get("blockedReason") == "csp"):
                urls.pop(said["requestId"], None)
        return list(urls.values())

    def complaints(self):
        """What the console has got since the last call, warnings too."""
        return [entry["message"] for entry in
                self.call("POST", "/se/log", {"type": "browser"})]

    def screenshot(self, path):
        with open(path, "wb") as out:
            out.write(base64.b64decode(self.call("GET", "/screenshot")))
