// @ts-check
/**
 * What members tell of themselves in their metadata, read with distrust: anybody may write anything there.
 *
 * @module
 */

export const LONGEST_NAME = 40;

/**
 * @typedef {object} Shows What others may know of a member before its picture tells them.
 * @property {string} name
 * @property {boolean} mic Whether it can be heard.
 * @property {boolean} camera Whether it can be seen.
 * @property {boolean} screen Whether the picture is that of its screen.
 * @property {boolean} files Whether it takes files.
 */

/** One line, without what turns text around or cannot be seen. @param {unknown} text @param {number} [longest] */
export function tidy(text, longest = LONGEST_NAME) {
  if (typeof text !== "string") return "";
  const seen = text.replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Zl}\p{Zp}\s]+/gu, " ").trim();
  return [...seen].slice(0, longest).join("").trim();
}

/** @param {Record<string, unknown> | undefined} meta @param {string} peer @returns {Shows} */
export function readMember(meta, peer) {
  const { name, mic, camera, screen, files } = meta ?? {};
  return {
    name: tidy(name) || tidy(peer),
    mic: mic !== false,
    camera: camera !== false,
    screen: screen === true,
    files: files === true,
  };
}

/** The first letter of a name, for where there is no picture. @param {string} name */
export function initial(name) {
  return (/[\p{L}\p{N}]\p{M}*/u.exec(name)?.[0] ?? "?").toUpperCase();
}
