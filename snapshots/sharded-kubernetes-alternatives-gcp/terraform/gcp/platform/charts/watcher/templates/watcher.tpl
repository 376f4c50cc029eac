# Agents read logs and processes of their node in its files: no stricter level admits them. So nothing else is in here.
apiVersion: v1
kind: Namespace
metadata:
  name: datadog
  labels:
    pod-security.kubernetes.io/enforce: privileged
    pod-security.kubernetes.io/warn: privileged
---
# No pod keeps an agent off its node: what nobody watches is no use.
apiVersion: scheduling.k8s.io/v1
kind: PriorityClass
metadata:
  name: datadog
value: 1000000
description: Watches its node.
---
# Acts as the Google account that may read this secret and nothing else.
apiVersion: v1
kind: ServiceAccount
metadata:
  name: watcher
  namespace: datadog
  annotations:
    iam.gke.io/gcp-service-account: {{ .Values.account }}
automountServiceAccountToken: false
---
apiVersion: external-secrets.io/v1
kind: SecretStore
metadata:
  name: watcher
  namespace: datadog
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
  namespace: datadog
spec:
  refreshInterval: 1h
  secretStoreRef: { kind: SecretStore, name: watcher }
  # the last value stays when the source is gone
  target: { name: watcher, creationPolicy: Owner, deletionPolicy: Retain }
  data:
    - { secretKey: api-key, remoteRef: { key: {{ .Values.secret }} } }
---
# Nothing in or out, then what agents are for.
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: default-deny
  namespace: datadog
spec:
  podSelector: {}
  policyTypes: [Ingress, Egress]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: everybody
  namespace: datadog
spec:
  podSelector: {}
  policyTypes: [Egress]
  egress:
    - to:
        - namespaceSelector:
            matchLabels: { kubernetes.io/metadata.name: kube-system }
          podSelector:
            matchExpressions:
              - { key: k8s-app, operator: In, values: [kube-dns, node-local-dns] }
        # NodeLocal DNSCache answers on a link-local address of the node
        - ipBlock: { cidr: 169.254.20.10/32 }
      ports:
        - { port: 53, protocol: UDP }
        - { port: 53, protocol: TCP }
    # Datadog, whose addresses are many and change, and the API server, whose address is not known before there is a cluster.
    - ports:
        - { port: 443 }
    - to:
        - podSelector:
            matchLabels: { app: datadog-cluster-agent }
      ports:
        - { port: 5005 }
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: agents
  namespace: datadog
spec:
  podSelector:
    matchLabels: { app: datadog }
  policyTypes: [Ingress, Egress]
  ingress:
    # traces and metrics of the services
    - from:
        - namespaceSelector:
            matchLabels: { kubernetes.io/metadata.name: quasar }
      ports:
        - { port: 4317 }
  egress:
    # the kubelet of the node
    - ports:
        - { port: 10250 }
    # what services, exporters and databases say of themselves
    - to:
        - namespaceSelector:
            matchLabels: { kubernetes.io/metadata.name: quasar }
      ports:
        - { port: 9090 }
        - { port: 9404 }
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: cluster-agent
  namespace: datadog
spec:
  podSelector:
    matchLabels: { app: datadog-cluster-agent }
  policyTypes: [Ingress]
  ingress:
    - from:
        - podSelector:
            matchExpressions:
              - { key: app, operator: In, values: [datadog, datadog-cluster-agent] }
      ports:
        - { port: 5005 }
