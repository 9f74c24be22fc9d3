const TYPES = ['video/webm;codecs=vp9', 'video/webm;codecs=vp8', 'video/webm', 'video/mp4']

/** Records what a camera sees. `onClip` is given the clip when it is stopped. */
export class Recorder {
  #stream
  #recorder

  /** Whether it is recording. */
  get isOn() {
    return this.#recorder?.state === 'recording'
  }

  /** Asks for a camera and begins. */
  async start(video, onClip) {
    if (!navigator.mediaDevices || !window.MediaRecorder)
      throw new Error('This browser cannot record here. Open the page as localhost, or choose a file.')
    this.#stream = await navigator.mediaDevices.getUserMedia({ video: true }).catch((error) => {
      throw new Error(`There is no camera to record with (${error.message}).`)
    })
    const type = TYPES.find((each) => MediaRecorder.isTypeSupported(each))
    const parts = []
    this.#recorder = new MediaRecorder(this.#stream, type && { mimeType: type })
    this.#recorder.ondataavailable = ({ data }) => parts.push(data)
    this.#recorder.onstop = () => {
      for (const track of this.#stream.getTracks()) track.stop()
      video.srcObject = null
      const kind = this.#recorder.mimeType.split(';')[0]
      onClip(new File(parts, `recording.${kind === 'video/mp4' ? 'mp4' : 'webm'}`, { type: kind }))
    }
    video.srcObject = this.#stream
    await video.play()
    this.#recorder.start()
  }

  /** Ends the recording. */
  stop() {
    this.#recorder.stop()
  }
}
