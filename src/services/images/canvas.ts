/** Red, green and blue, each 0 to 1. */
export type Colour = readonly [number, number, number];

/** A colour from its six hexadecimal digits. */
export function colour(hex: string): Colour {
  const at = (index: number) => Number.parseInt(hex.slice(index, index + 2), 16) / 255;
  return [at(0), at(2), at(4)];
}

/** Between two colours, `share` of the way to the second. */
export function blend(from: Colour, to: Colour, share: number): Colour {
  const part = (index: 0 | 1 | 2) => from[index] + (to[index] - from[index]) * share;
  return [part(0), part(1), part(2)];
}

/** Along a row of colours, at 0 the first and at 1 the last. */
export function along(colours: readonly Colour[], at: number): Colour {
  const place = Math.min(1, Math.max(0, at)) * (colours.length - 1);
  const index = Math.min(colours.length - 2, Math.floor(place));
  const [from, to] = [colours[index], colours[index + 1]];
  return from && to ? blend(from, to, place - index) : (from ?? [0, 0, 0]);
}

/** 0 below the first edge, 1 above the second, and soft between. */
export function smoothstep(low: number, high: number, value: number): number {
  const share = Math.min(1, Math.max(0, (value - low) / (high - low)));
  return share * share * (3 - 2 * share);
}

/** What is painted on, in light rather than in bytes, so that lights add up. */
export class Canvas {
  readonly width: number;
  readonly height: number;
  readonly #pixels: Float32Array;

  constructor(width: number, height: number) {
    this.width = width;
    this.height = height;
    this.#pixels = new Float32Array(width * height * 3);
  }

  /** Paints every pixel; what it is given is the place, x and y from 0 to 1 with the smaller side as unit, and 0 at the top left. */
  fill(paint: (x: number, y: number) => Colour): void {
    const unit = Math.min(this.width, this.height);
    for (let row = 0; row < this.height; row++)
      for (let column = 0; column < this.width; column++)
        this.mix(column, row, paint(column / unit, row / unit), 1);
  }

  /** Lays a colour over a pixel, with an opacity of 0 to 1. Places outside are ignored. */
  mix(column: number, row: number, [red, green, blue]: Colour, opacity: number): void {
    if (column < 0 || row < 0 || column >= this.width || row >= this.height) return;
    const at = (row * this.width + column) * 3;
    const pixels = this.#pixels;
    pixels[at] = (pixels[at] ?? 0) * (1 - opacity) + red * opacity;
    pixels[at + 1] = (pixels[at + 1] ?? 0) * (1 - opacity) + green * opacity;
    pixels[at + 2] = (pixels[at + 2] ?? 0) * (1 - opacity) + blue * opacity;
  }

  /** Adds light around a place, all in pixels. */
  glow(x: number, y: number, radius: number, [red, green, blue]: Colour, strength: number): void {
    const [left, right] = [
      Math.max(0, Math.floor(x - radius)),
      Math.min(this.width - 1, Math.ceil(x + radius)),
    ];
    const [top, bottom] = [
      Math.max(0, Math.floor(y - radius)),
      Math.min(this.height - 1, Math.ceil(y + radius)),
    ];
    for (let row = top; row <= bottom; row++)
      for (let column = left; column <= right; column++) {
        const distance = Math.hypot(column - x, row - y) / radius;
        if (distance >= 1) continue;
        const light = strength * (1 - distance) ** 2;
        const at = (row * this.width + column) * 3;
        this.#pixels[at] = (this.#pixels[at] ?? 0) + red * light;
        this.#pixels[at + 1] = (this.#pixels[at + 1] ?? 0) + green * light;
        this.#pixels[at + 2] = (this.#pixels[at + 2] ?? 0) + blue * light;
      }
  }

  /** The colour that is there. */
  at(column: number, row: number): Colour {
    const x = Math.min(this.width - 1, Math.max(0, Math.round(column)));
    const y = Math.min(this.height - 1, Math.max(0, Math.round(row)));
    const at = (y * this.width + x) * 3;
    return [this.#pixels[at] ?? 0, this.#pixels[at + 1] ?? 0, this.#pixels[at + 2] ?? 0];
  }

  /** Bytes of red, green and blue; a little noise keeps soft gradients from showing steps, and the corners are darker. */
  finish(): Uint8Array {
    const bytes = new Uint8Array(this.#pixels.length);
    let noise = 1;
    for (let row = 0; row < this.height; row++)
      for (let column = 0; column < this.width; column++) {
        const corner = Math.hypot(column / this.width - 0.5, row / this.height - 0.5);
        const shade = 1 - 0.35 * smoothstep(0.4, 0.75, corner);
        for (let channel = 0; channel < 3; channel++) {
          const at = (row * this.width + column) * 3 + channel;
          noise = (Math.imul(noise, 1_664_525) + 1_013_904_223) | 0;
          const value = (this.#pixels[at] ?? 0) * shade * 255 + (noise >>> 0) / 2 ** 32;
          bytes[at] = Math.min(255, Math.max(0, Math.floor(value)));
        }
      }
    return bytes;
  }
}
