/** Kustomizations that are hard for other reasons than their number of resources; the top of each is `site`. */

export interface HardKustomization {
  name: string
  /** Objects that come out. */
  resources: number
  files: Map<string, string>
}

const numbers = (count: number): number[] => Array.from({ length: count }, (_, n) => n)

function deployment(name: string, configs: readonly string[] = []): string {
  const references = configs.map(config => `        - configMapRef:\n            name: ${config}\n`).join('')
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
  labels:
    app: ${name}
spec:
  selector:
    matchLabels:
      app: ${name}
  template:
    metadata:
      labels:
        app: ${name}
    spec:
      containers:
      - name: main
        image: registry.example.com/shop/${name}:1.0.0
${references && `        envFrom:\n${references}`}`
}

/** 400 Deployments with 5 references each to 100 generated ConfigMaps, whose names get a hash and, a layer above, a prefix. */
function references(): HardKustomization {
  const objects = numbers(400).map(n =>
    deployment(
      `app-${n}`,
      numbers(5).map(k => `settings-${(n + k * 20) % 100}`),
    ),
  )
  const generators = numbers(100).map(n => `- name: settings-${n}\n  literals:\n  - number=${n}\n`)
  return {
    name: '2,000 references to ConfigMaps',
    resources: 500,
    files: new Map([
      ['base/all.yaml', objects.join('---\n')],
      ['base/kustomization.yaml', `resources:\n- all.yaml\nconfigMapGenerator:\n${generators.join('')}`],
      ['site/kustomization.yaml', 'namePrefix: west-\nresources:\n- ../base\n'],
    ]),
  }
}

/** 300 Deployments and as many patches, each of which finds its objects by regular expressions and a label selector. */
function regularExpressions(): HardKustomization {
  const patches = numbers(300).map(
    n => `- target:
    kind: Deploy.*
    name: app-(${n}|${n + 1})
    labelSelector: app notin (none)
  patch: |
    - op: add
      path: /metadata/labels/patch-${n}
      value: done
`,
  )
  return {
    name: '300 patches by regular expression',
    resources: 300,
    files: new Map([
      [
        'base/all.yaml',
        numbers(300)
          .map(n => deployment(`app-${n}`))
          .join('---\n'),
      ],
      ['base/kustomization.yaml', 'resources:\n- all.yaml\n'],
      ['site/kustomization.yaml', `resources:\n- ../base\npatches:\n${patches.join('')}`],
    ]),
  }
}

/** 50 components, each in the one above, that add an object and change all that are there. */
function components(): HardKustomization {
  const files = new Map([
    [
      'base/all.yaml',
      numbers(150)
        .map(n => deployment(`app-${n}`))
        .join('---\n'),
    ],
    ['base/kustomization.yaml', 'resources:\n- all.yaml\n'],
    ['site/kustomization.yaml', 'resources:\n- ../base\ncomponents:\n- ../component-0\n'],
  ])
  for (const n of numbers(50)) {
    files.set(
      `component-${n}/kustomization.yaml`,
      `apiVersion: kustomize.config.k8s.io/v1alpha1
kind: Component
resources:
- deployment.yaml
${n < 49 ? `components:\n- ../component-${n + 1}\n` : ''}labels:
- pairs:
    component-${n}: present
patches:
- target:
    name: app-1
  patch: |
    - op: add
      path: /metadata/labels/patch-${n}
      value: present
commonAnnotations:
  last: component-${n}
images:
- name: registry.example.com/shop/app-${n}
  newTag: 2.0.0
`,
    )
    files.set(`component-${n}/deployment.yaml`, deployment(`part-${n}`))
  }
  return { name: '50 nested components', resources: 200, files }
}

export const hardKustomizations: readonly HardKustomization[] = [references(), regularExpressions(), components()]
