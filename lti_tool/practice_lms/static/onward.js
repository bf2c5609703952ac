// Sends the form of a launch by itself. Without scripts its button does the same.
document.getElementById("onward").submit();
