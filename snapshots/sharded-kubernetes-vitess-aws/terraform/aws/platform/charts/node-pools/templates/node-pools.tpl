{{- range $name, $pool := .Values.nodePools }}
---
apiVersion: karpenter.k8s.aws/v1
kind: EC2NodeClass
metadata:
  name: {{ $name }}
spec:
  role: {{ $.Values.nodeRole }}
  amiSelectorTerms:
    - alias: {{ $.Values.image }}
  subnetSelectorTerms:
    - tags: { karpenter.sh/discovery: {{ $.Values.cluster }} }
  securityGroupSelectorTerms:
    - id: {{ $.Values.securityGroup }}
  # Prefix delegation: the limit is Kubernetes', not the network interfaces'.
  kubelet:
    maxPods: 110
  metadataOptions:
    httpTokens: required
    httpPutResponseHopLimit: 1
  blockDeviceMappings:
    - deviceName: /dev/xvda
      ebs:
        volumeType: gp3
        volumeSize: {{ $pool.diskGiB }}Gi
        encrypted: true
        kmsKeyID: {{ $.Values.volumeKey }}
        deleteOnTermination: true
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
        group: karpenter.k8s.aws
        kind: EC2NodeClass
        name: {{ $name }}
      {{- if $pool.database }}
      # An instance moves when its node's image changes, one at a time, and for no other reason.
      expireAfter: Never
      {{- else }}
      # Nodes are cattle of at most a month: patched by replacement.
      expireAfter: 720h
      {{- end }}
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
    {{- if $pool.database }}
    # A cheaper place is not worth a failover.
    consolidationPolicy: WhenEmpty
    consolidateAfter: 30m
    {{- else if $pool.gpu }}
    # A job of minutes is not worth a cheaper place.
    consolidationPolicy: WhenEmpty
    consolidateAfter: 5m
    {{- else }}
    consolidationPolicy: WhenEmptyOrUnderutilized
    consolidateAfter: 1m
    {{- end }}
    budgets:
      - nodes: {{ ternary "1" "20%" $pool.database }}
{{- end }}
