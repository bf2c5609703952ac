/* The answer to a picker goes to the LMS by itself; the button does the same without scripts. */
"use strict";

document.querySelector("form[data-send-at-once]")?.submit();
