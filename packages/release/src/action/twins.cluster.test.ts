/**
 * Our actions beside the real helm's: the same words, the same records, the same objects down to who owns which
 * field.
 */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type ReleaseCluster, startReleaseCluster } from '../testing/release-cluster.ts'
import { failureStories } from '../testing/stories/failure-stories.ts'
import { hookStories } from '../testing/stories/hook-stories.ts'
import { objectStories } from '../testing/stories/object-stories.ts'
import { recordStories } from '../testing/stories/record-stories.ts'
import { tellTwice } from '../testing/twins.ts'

let cluster: ReleaseCluster
before(async () => {
  cluster = await startReleaseCluster()
})
after(() => cluster.close())

const stories = { ...recordStories, ...objectStories, ...failureStories, ...hookStories }

describe('as the real helm does it', { concurrency: 2 }, () => {
  for (const [name, story] of Object.entries(stories)) {
    test(name, async () => {
      const said = await tellTwice(cluster, story)
      assert.equal(said.length, story.steps.length)
    })
  }
})
