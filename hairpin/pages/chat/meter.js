// @ts-check
/**
 * How loud a microphone is, from 0 to 1.
 *
 * @module
 */

/** Of samples around 128, as loud as it sounds: silence is 0, and a voice close by is near 1. @param {Uint8Array} samples */
export function loudness(samples) {
  let sum = 0;
  for (const sample of samples) sum += ((sample - 128) / 128) ** 2;
  const decibels = 20 * Math.log10(Math.sqrt(sum / samples.length) || 1e-9);
  return Math.min(1, Math.max(0, (decibels + 50) / 40));
}

export class Meter {
  #context;
  #analyser;
  #source;
  #samples;

  /** @param {MediaStreamTrack} track */
  constructor(track) {
    this.#context = new AudioContext();
    this.#analyser = new AnalyserNode(this.#context, { fftSize: 1024 });
    this.#samples = new Uint8Array(this.#analyser.fftSize);
    this.#source = this.#context.createMediaStreamSource(new MediaStream([track]));
    this.#source.connect(this.#analyser);
  }

  read() {
    this.#analyser.getByteTimeDomainData(this.#samples);
    return loudness(this.#samples);
  }

  close() {
    this.#source.disconnect();
    void this.#context.close();
  }
}
