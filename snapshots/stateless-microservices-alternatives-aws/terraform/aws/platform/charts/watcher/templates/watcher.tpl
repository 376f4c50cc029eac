# Read by the role of External Secrets, which covers the secrets of this project and environment alone.
apiVersion: external-secrets.io/v1
kind: SecretStore
metadata:
  name: watcher
  namespace: telemetry
spec:
  provider:
    aws: { service: SecretsManager, region: {{ .Values.region }} }
---
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata:
  name: watcher
  namespace: telemetry
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
