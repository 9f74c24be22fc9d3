import { VICLIP_B16, VICLIP_L14, VICLIP_TINY, type ViClipConfig } from '../viclip/config.js'

/** CLIP's texts have 77 ids. */
const CONTEXT_LENGTH = 77

/** ViCLIP took its blocks from CLIP: what differs is how frames are joined, and the texts' length. */
function frameWise({ video, text, embedDim }: ViClipConfig): ViClipConfig {
  return {
    video: { ...video, frameWise: true },
    text: { ...text, contextLength: CONTEXT_LENGTH },
    embedDim,
  }
}

/** CLIP B/16 as published, on clips of 8 frames. */
export const CLIP_B16 = frameWise(VICLIP_B16)

/** CLIP L/14 as published, on clips of 8 frames. */
export const CLIP_L14 = frameWise(VICLIP_L14)

/** A small CLIP with the full vocabulary, for trying everything without a download. */
export const CLIP_TINY = frameWise(VICLIP_TINY)
