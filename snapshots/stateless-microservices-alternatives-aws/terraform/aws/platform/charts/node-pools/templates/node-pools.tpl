{{- range $name, $pool := .Values.nodePools }}
---
apiVersion: eks.amazonaws.com/v1
kind: NodeClass
metadata:
  name: {{ $name }}
spec:
  role: {{ $.Values.nodeRole }}
  subnetSelectorTerms:
    - tags: { karpenter.sh/discovery: {{ $.Values.cluster }} }
  podSubnetSelectorTerms:
    - tags: { pods-of: {{ $.Values.cluster }} }
  securityGroupSelectorTerms:
    - id: {{ $.Values.securityGroup }}
  podSecurityGroupSelectorTerms:
    - id: {{ $.Values.securityGroup }}
  # Pods leave the VPC through NAT, not through the node's address.
  snatPolicy: Disabled
  networkPolicy: DefaultAllow
  ephemeralStorage:
    size: {{ $pool.diskGiB }}Gi
    kmsKeyID: {{ $.Values.volumeKey }}
  tags:
    project: {{ $.Values.project }}
    environment: {{ $.Values.environment }}
    pool: {{ $name }}
---
apiVersion: karpenter.sh/v1
kind: NodePool
metadata:
  name: {{ $name }}
spec:
  weight: {{ $pool.weight }}
  limits:
    cpu: {{ $pool.cpuLimit }}
  template:
    metadata:
      labels:
        pool: {{ $name }}
        {{- if $pool.gpu }}
        accelerator: nvidia
        {{- end }}
    spec:
      nodeClassRef:
        group: eks.amazonaws.com
        kind: NodeClass
        name: {{ $name }}
      # Auto Mode ends nodes after at most 21 days: patched by replacement.
      expireAfter: 336h
      # A pod with a forever-blocking budget must not hold a node past its end.
      terminationGracePeriod: 1h
      {{- if or $pool.gpu $pool.dedicated }}
      taints:
        {{- if $pool.gpu }}
        - key: nvidia.com/gpu
          effect: NoSchedule
        {{- else }}
        - key: pool
          value: {{ $name }}
          effect: NoSchedule
        {{- end }}
      {{- end }}
      requirements:
        - key: kubernetes.io/arch
          operator: In
          values: [{{ $pool.arch }}]
        - key: karpenter.sh/capacity-type
          operator: In
          values: [{{ ternary "spot" "on-demand" $pool.spot }}]
        - key: topology.kubernetes.io/zone
          operator: In
          values: {{ $.Values.zones | toJson }}
        - key: node.kubernetes.io/instance-type
          operator: In
          values: {{ $pool.instanceTypes | toJson }}
  disruption:
    {{- if $pool.gpu }}
    # A job of minutes is not worth a cheaper place.
    consolidationPolicy: WhenEmpty
    consolidateAfter: 5m
    {{- else }}
    consolidationPolicy: WhenEmptyOrUnderutilized
    consolidateAfter: 1m
    {{- end }}
    budgets:
      - nodes: 20%
{{- end }}
