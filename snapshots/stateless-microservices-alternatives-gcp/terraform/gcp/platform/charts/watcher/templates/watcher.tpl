# Acts as the Google account that may read this secret and nothing else.
apiVersion: v1
kind: ServiceAccount
metadata:
  name: watcher
  namespace: opentelemetry
  annotations:
    iam.gke.io/gcp-service-account: {{ .Values.account }}
automountServiceAccountToken: false
---
apiVersion: external-secrets.io/v1
kind: SecretStore
metadata:
  name: watcher
  namespace: opentelemetry
spec:
  provider:
    gcpsm:
      projectID: {{ .Values.project }}
      auth:
        workloadIdentity:
          clusterLocation: {{ .Values.region }}
          clusterName: {{ .Values.cluster }}
          serviceAccountRef: { name: watcher }
---
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata:
  name: watcher
  namespace: opentelemetry
spec:
  refreshInterval: 1h
  secretStoreRef: { kind: SecretStore, name: watcher }
  # the last value stays when the source is gone
  target:
    name: watcher
    creationPolicy: Owner
    deletionPolicy: Retain
    # the secret is a variable of SDKs, name and value: collectors want the value
    template:
      data:
        authorization: {{ `'{{ .header | trimPrefix "Authorization=" }}'` }}
  data:
    - { secretKey: header, remoteRef: { key: {{ .Values.secret }} } }
