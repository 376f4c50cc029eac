// What a player of HLS, and of its low-latency form, knows of a playlist.

/** The channel and rendition of a viewer, by their shares. */
export function choose(channels) {
  let dice = Math.random();
  for (const channel of channels) {
    dice -= channel.share;
    if (dice < 0) return channel.playlist;
  }
  return channels[channels.length - 1].playlist;
}

/** The newest part of a playlist, and which one comes next. */
export function newest(text) {
  const first = /#EXT-X-MEDIA-SEQUENCE:(\d+)/.exec(text);
  const ended = text.split("#EXTINF:").length - 1;
  const current = text.slice(text.lastIndexOf("#EXTINF:") + 1);
  const parts = [...current.matchAll(/#EXT-X-PART:[^\n]*URI="([^"]+)"/g)];
  const whole = text.trim().split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return {
    uri: parts.length > 0 ? parts[parts.length - 1][1] : whole[whole.length - 1],
    msn: (first === null ? 0 : Number(first[1])) + ended,
    part: parts.length,
  };
}

/** The path that a line of a playlist leads to. */
export function resolve(playlist, uri) {
  return uri.startsWith("/") ? uri : playlist.slice(0, playlist.lastIndexOf("/") + 1) + uri;
}
