/* Two small courtesies; every page works without them. */
"use strict";

/* Dates in the reader's own zone, with the zone shown. */
for (const element of document.querySelectorAll("time[datetime*='T']")) {
  const moment = new Date(element.dateTime);
  const near = Math.abs(Date.now() - moment) < 6 * 24 * 3600 * 1000;
  element.title = element.textContent;
  element.textContent = new Intl.DateTimeFormat(undefined, {
    ...(near ? { weekday: "long" } : { year: "numeric" }),
    day: "numeric", month: "long", hour: "numeric", minute: "2-digit", timeZoneName: "short",
  }).format(moment);
}

/* A day is the same day everywhere; only its words are the reader's. */
for (const element of document.querySelectorAll("time[datetime]:not([datetime*='T'])")) {
  element.textContent = new Intl.DateTimeFormat(undefined, {
    year: "numeric", day: "numeric", month: "long", timeZone: "UTC",
  }).format(new Date(element.dateTime));
}

/* An LMS that listens is told how tall the page is; others scroll inside the frame. The judges'
   desk asks for no more than the screen shows: its two sides scroll beside each other. */
if (window.parent !== window) {
  let told = 0;
  const isDesk = document.querySelector(".desk") && window.matchMedia("(min-width: 900px)").matches;
  const most = isDesk ? Math.max(600, window.screen.availHeight - 160) : Infinity;
  const tell = () => {
    const height = Math.min(Math.ceil(document.body.getBoundingClientRect().height), most);
    if (Math.abs(height - told) > 8) {
      told = height;
      window.parent.postMessage({ subject: "lti.frameResize", height }, "*");
    }
  };
  new ResizeObserver(tell).observe(document.body);
  /* A page that follows another begins at its top, also where the LMS scrolls around the frame. */
  const follows = document.referrer.startsWith(`${window.location.origin}/`);
  if (follows && !window.location.hash) window.parent.postMessage({ subject: "lti.scrollToTop" }, "*");
}
