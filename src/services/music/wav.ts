/** A WAV file of 16 bits, with the channels interleaved. Samples are between −1 and 1. */
export function encodeWav(channels: readonly Float32Array[], sampleRate: number): Uint8Array {
  const frames = channels[0]?.length ?? 0;
  const blockBytes = channels.length * 2;
  const file = Buffer.alloc(44 + frames * blockBytes);
  file.write('RIFF', 0, 'latin1');
  file.writeUInt32LE(file.length - 8, 4);
  file.write('WAVEfmt ', 8, 'latin1');
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(1, 20);
  file.writeUInt16LE(channels.length, 22);
  file.writeUInt32LE(sampleRate, 24);
  file.writeUInt32LE(sampleRate * blockBytes, 28);
  file.writeUInt16LE(blockBytes, 32);
  file.writeUInt16LE(16, 34);
  file.write('data', 36, 'latin1');
  file.writeUInt32LE(frames * blockBytes, 40);
  for (let frame = 0; frame < frames; frame++)
    for (const [index, channel] of channels.entries()) {
      const sample = Math.max(-1, Math.min(1, channel[frame] ?? 0));
      file.writeInt16LE(Math.round(sample * 32_767), 44 + frame * blockBytes + index * 2);
    }
  return file;
}
