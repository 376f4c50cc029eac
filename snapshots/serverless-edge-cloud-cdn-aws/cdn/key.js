// One cache key for requests that mean the same. CloudFront runs it before it looks into its cache (runtime cloudfront-js-2.0:
// ECMAScript 5.1 and parts of what came after, no modules), and what it returns is also what a service sees.

// What the paths of the buckets look at; the cache policies in cdn.tf name the same.
var KEEP = { "/static/": [], "/media/": ["q", "w"] };
var WIDTHS = [320, 640, 1280, 1920];

// Says who sent the visitor, not what they want to see: for scripts of the page, which still have it.
var TRACKING = /^(utm_.+|fbclid|gclid|dclid|msclkid|mc_cid|mc_eid|igshid)$/;

// A width anybody may choose is a cache anybody may empty.
function width(asked) {
  var enough = WIDTHS.filter(function (one) {
    return one >= Number(asked);
  });
  return String(enough.length > 0 ? enough[0] : WIDTHS[WIDTHS.length - 1]);
}

function handler(event) {
  var request = event.request;
  if (request.method !== "GET" && request.method !== "HEAD") return request;
  var query = request.querystring;
  var prefix = Object.keys(KEEP).filter(function (one) {
    return request.uri.indexOf(one) === 0;
  })[0];
  var names = Object.keys(query).filter(function (name) {
    return prefix === undefined ? !TRACKING.test(name.toLowerCase()) : KEEP[prefix].indexOf(name) >= 0;
  });
  var pairs = [];
  names.sort().forEach(function (name) {
    // several values of one name stay in their order: it may mean something
    (query[name].multiValue || [query[name]]).forEach(function (one) {
      pairs.push(name + "=" + (prefix === "/media/" && name === "w" ? width(one.value) : one.value));
    });
  });
  request.querystring = pairs.join("&");
  return request;
}
