// Lets valgrind's viewer read a DHAT file as its page would, without a browser: node dh_view_check.js VIEWER FILE
// Prints the totals of the tree that it builds. The viewer throws at what it does not take.
const fs = require("fs");
const vm = require("vm");

const element = () => ({
  childNodes: [], classList: { add() {}, contains: () => true }, style: {},
  appendChild(child) { this.childNodes.push(child); return child; }, addEventListener() {},
});
const context = vm.createContext({
  document: { body: element(), createElement: element, createTextNode: element, location: { search: "" } },
  URLSearchParams, Intl, console, performance,
});
vm.runInContext(fs.readFileSync(process.argv[2], "utf8"), context);
context.text = fs.readFileSync(process.argv[3], "utf8");
const totals = vm.runInContext(`
  onLoad();
  gSelect.childNodes = gSelectData.map(() => ({}));
  gSelect.selectedIndex = 0;
  gData = JSON.parse(text);
  buildTree();
  ({ bytes: gRoot._totalBytes, blocks: gRoot._totalBlocks, peak: gRoot._atTGmaxBytes, end: gRoot._atTEndBytes })`, context);
console.log(JSON.stringify(totals));
