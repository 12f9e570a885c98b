{{- define "gateway.name" -}}
{{- if contains "gateway" .Release.Name }}{{ .Release.Name | trunc 52 | trimSuffix "-" }}{{ else }}{{ printf "%s-gateway" (.Release.Name | trunc 44 | trimSuffix "-") }}{{ end }}
{{- end }}

{{- define "gateway.selector" -}}
app.kubernetes.io/name: portcullis
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "gateway.labels" -}}
{{ include "gateway.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "gateway.image" -}}
{{- if .Values.image.digest }}{{ printf "%s@%s" .Values.image.repository .Values.image.digest }}
{{- else }}{{ printf "%s:%s" .Values.image.repository (.Values.image.tag | default .Chart.AppVersion) }}{{ end }}
{{- end }}

{{/* '' if the table is in the image. */}}
{{- define "gateway.configMap" -}}
{{- $given := list }}
{{- if .Values.table.json }}{{ $given = append $given "json" }}{{ end }}
{{- if .Values.table.existingConfigMap }}{{ $given = append $given "existingConfigMap" }}{{ end }}
{{- if .Values.table.fromImage }}{{ $given = append $given "fromImage" }}{{ end }}
{{- if ne (len $given) 1 }}
{{- fail (printf "set exactly one of table.json, table.existingConfigMap and table.fromImage; set are: %s\nwrite: gateway compile -o table.json && helm … --set-file table.json=table.json" (join ", " $given | default "none")) }}
{{- end }}
{{- if .Values.table.json }}{{ include "gateway.name" . }}-table{{ else }}{{ .Values.table.existingConfigMap }}{{ end }}
{{- end }}

{{- define "gateway.secret" -}}
{{- if .Values.secrets.data }}{{ include "gateway.name" . }}-secrets{{ else }}{{ .Values.secrets.existingSecret }}{{ end }}
{{- end }}
