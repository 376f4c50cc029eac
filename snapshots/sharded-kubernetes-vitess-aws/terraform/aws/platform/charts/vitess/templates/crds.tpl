{{- range .Values.kinds }}
---
{{- $kind := fromYaml . }}
# A release that goes away leaves them: with a kind go all clusters of it, and their data.
{{- $annotations := merge (dict "helm.sh/resource-policy" "keep") (default dict $kind.metadata.annotations) }}
{{- $_ := set $kind.metadata "annotations" $annotations }}
{{ toYaml $kind }}
{{- end }}
