// Leads the whole window back to the course after something was picked in the frame.
window.top.location.assign(document.getElementById("back").href);
