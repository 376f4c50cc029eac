apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata:
  name: database
provisioner: pd.csi.storage.gke.io
parameters:
  type: pd-ssd
  disk-encryption-kms-key: {{ .Values.volumeKey }}
  labels: component={{ .Values.component }}
# In the zone of the instance, and never smaller.
volumeBindingMode: WaitForFirstConsumer
allowVolumeExpansion: true
# A volume outlives its claim: data is not deleted by a mistake in a manifest.
reclaimPolicy: {{ ternary "Retain" "Delete" .Values.protected }}
