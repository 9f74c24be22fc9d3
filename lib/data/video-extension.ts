/** The extensions by which a file is taken for a video. */
export const VIDEO_EXTENSIONS: readonly string[] = [
  ...['avi', 'mp4', 'm4v', 'mkv', 'mov', 'webm', 'mpg', 'mpeg', 'wmv', 'flv', '3gp'],
]

const ENDING = new RegExp(`[^\\\\/]\\.(${VIDEO_EXTENSIONS.join('|')})$`, 'i')

/** Whether a path ends as those of videos do. */
export const isVideoName = (path: string): boolean => ENDING.test(path)
