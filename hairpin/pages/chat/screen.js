// @ts-check
/**
 * The screen, a window or a tab as a picture to send.
 *
 * @module
 */

/** Ask for it; a word says why there is none. @returns {Promise<MediaStreamTrack | "none" | "refused">} */
export async function showScreen() {
  const media = navigator.mediaDevices;
  if (!media?.getDisplayMedia) return "none";
  try {
    const stream = await media.getDisplayMedia({ video: { frameRate: { max: 15 } }, audio: false });
    const [track] = stream.getVideoTracks();
    if (!track) return "refused";
    track.contentHint = "detail"; // that text can be read matters more than that it moves
    return track;
  } catch {
    return "refused";
  }
}
