/** A kustomization of any number of resources in three layers, base, environment and site, as the files of a repository: what teams have, only repeated. */

/** Path -> text; the top is `site`. A third each are Deployments, Services and ConfigMaps. */
export function layeredKustomization(resources: number): Map<string, string> {
  const files = new Map<string, string>()
  const names: string[] = []
  // The environment's generator makes one more.
  for (let at = 0; at < resources - 1; at += 1) {
    const app = `app-${Math.floor(at / 3)}`
    const [kind, text] = [deployment, service, configMap][at % 3]?.(app) ?? ['', '']
    const path = `${app}-${kind}.yaml`
    names.push(path)
    files.set(`base/${path}`, text)
  }
  files.set('base/kustomization.yaml', `resources:\n${names.map(name => `- ${name}\n`).join('')}`)
  files.set('environment/kustomization.yaml', environment)
  files.set('site/kustomization.yaml', site)
  return files
}

const deployment = (app: string): [string, string] => [
  'deployment',
  `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${app}
  labels:
    app: ${app}
spec:
  replicas: 1
  selector:
    matchLabels:
      app: ${app}
  template:
    metadata:
      labels:
        app: ${app}
    spec:
      containers:
      - name: main
        image: registry.example.com/shop/${app}:1.0.0
        ports:
        - containerPort: 8080
        envFrom:
        - configMapRef:
            name: ${app}
        resources:
          requests:
            cpu: 50m
            memory: 64Mi
        readinessProbe:
          httpGet:
            path: /healthz
            port: 8080
`,
]

const service = (app: string): [string, string] => [
  'service',
  `apiVersion: v1
kind: Service
metadata:
  name: ${app}
spec:
  selector:
    app: ${app}
  ports:
  - port: 80
    targetPort: 8080
`,
]

const configMap = (app: string): [string, string] => [
  'config',
  `apiVersion: v1
kind: ConfigMap
metadata:
  name: ${app}
data:
  LEVEL: info
  settings.yaml: |
    name: ${app}
    retries: 3
`,
]

const environment = `namespace: shop
resources:
- ../base
labels:
- pairs:
    environment: production
  includeSelectors: true
commonAnnotations:
  owner: platform
images:
- name: registry.example.com/shop/app-0
  newTag: 1.2.3
configMapGenerator:
- name: environment
  literals:
  - REGION=west
  - TIER=production
`

const site = `namePrefix: west-
resources:
- ../environment
patches:
- target:
    kind: Deployment
  patch: |
    - op: add
      path: /spec/template/spec/containers/0/env
      value:
      - name: SITE
        value: west
- patch: |
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: app-0
    spec:
      template:
        spec:
          terminationGracePeriodSeconds: 10
replicas:
- name: app-0
  count: 3
`
