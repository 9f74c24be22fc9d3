import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { packTexts } from '../../lib/models/viclip/text-packing.js'

const packing = suite('packing of texts')

const END = 39

packing('short texts first, in their order; cut behind the first of the highest ids', () => {
  const ids = [
    [30, 4, END, END],
    [30, END, 7, 0],
    [30, 5, END, 0],
    [30, END, 0, 0],
  ]
  assert.equal(packTexts({ data: ids.flat(), shape: [4, 4] }), {
    groups: [
      { sequences: 2, tokens: 2 },
      { sequences: 2, tokens: 3 },
    ],
    ids: { data: Int32Array.of(30, 4, END, 30, END, 7, 30, 5, END, 30, END, 0), shape: [4, 3] },
    rows: [3, 4, 9, 10, 0, 1, 2, 6, 7, 8],
    places: [2, 0, 3, 1],
  })
})

packing('no text at all', () => {
  assert.equal(packTexts({ data: [], shape: [0, 3] }), {
    groups: [],
    ids: { data: new Int32Array(), shape: [0, 0] },
    rows: [],
    places: [],
  })
})

packing.run()
