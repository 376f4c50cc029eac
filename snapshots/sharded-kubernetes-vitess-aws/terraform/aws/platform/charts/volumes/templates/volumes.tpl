apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata:
  name: {{ .Values.name }}
provisioner: {{ .Values.provisioner }}
parameters:
  type: gp3
  encrypted: "true"
  kmsKeyId: {{ .Values.volumeKey }}
  csi.storage.k8s.io/fstype: xfs
# In the zone of the instance, and never smaller.
volumeBindingMode: WaitForFirstConsumer
allowVolumeExpansion: true
# A volume outlives its claim: data is not deleted by a mistake in a manifest.
reclaimPolicy: {{ ternary "Retain" "Delete" .Values.protected }}
{{- range .Values.iops }}
---
# More I/O than comes with a volume. A volume that exists takes it when its claim names the class.
apiVersion: storage.k8s.io/v1
kind: VolumeAttributesClass
metadata:
  name: {{ $.Values.name }}-{{ . }}
driverName: {{ $.Values.provisioner }}
parameters:
  type: gp3
  iops: {{ . | quote }}
{{- end }}
