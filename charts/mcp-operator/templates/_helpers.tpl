{{/* Names do not follow the release's: the lease, the webhooks and their Secret are found by name. One release to a namespace. */}}
{{- define "mcp-operator.name" -}}mcp-operator{{- end }}

{{/* The name of what lies in no namespace. Several operators may share a cluster when each looks after one namespace. */}}
{{- define "mcp-operator.clusterName" -}}
{{- if .Values.watchNamespace -}}mcp-operator-{{ .Release.Namespace }}{{- else -}}mcp-operator{{- end -}}
{{- end }}

{{- define "mcp-operator.selector" -}}
app.kubernetes.io/name: mcp-operator
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "mcp-operator.labels" -}}
{{ include "mcp-operator.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "mcp-operator.serviceAccount" -}}
{{- if .Values.serviceAccount.create -}}{{ .Values.serviceAccount.name | default "mcp-operator" }}{{- else -}}{{ .Values.serviceAccount.name | default "default" }}{{- end -}}
{{- end }}

{{- define "mcp-operator.image" -}}
{{- if .Values.image.digest -}}{{ .Values.image.repository }}@{{ .Values.image.digest }}{{- else -}}{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}{{- end -}}
{{- end }}

{{/* "true" or nothing: whether this is OpenShift. */}}
{{- define "mcp-operator.isOpenShift" -}}
{{- if or (eq .Values.openShift "Always") (and (eq .Values.openShift "Auto") (.Capabilities.APIVersions.Has "security.openshift.io/v1")) -}}true{{- end -}}
{{- end }}

{{/* "true" or nothing: whether something for the Prometheus Operator is made. (list $ "Auto" "ServiceMonitor") */}}
{{- define "mcp-operator.monitored" -}}
{{- $create := index . 1 -}}
{{- if or (eq $create "Always") (and (eq $create "Auto") ((index . 0).Capabilities.APIVersions.Has (printf "monitoring.coreos.com/v1/%s" (index . 2)))) -}}true{{- end -}}
{{- end }}

{{/* The operator's configuration file: the values, and what only the chart knows. */}}
{{- define "mcp-operator.config" -}}
{{- $config := deepCopy .Values.config -}}
{{- $_ := set $config "network" (set ($config.network | default dict) "operatorNamespace" .Release.Namespace) -}}
{{- if include "mcp-operator.isOpenShift" . -}}
{{- $_ := set $config "hardening" (set ($config.hardening | default dict) "runAsUser" 0) -}}
{{- end -}}
{{- toYaml $config -}}
{{- end }}

{{- define "mcp-operator.subjects" -}}
- kind: ServiceAccount
  name: {{ include "mcp-operator.serviceAccount" . }}
  namespace: {{ .Release.Namespace }}
{{- end }}

{{/* Takes the rules (x-kubernetes-validations) out of a definition, in place. */}}
{{- define "mcp-operator.withoutRules" -}}
{{- if kindIs "map" . -}}
{{- $_ := unset . "x-kubernetes-validations" -}}
{{- range $_, $value := . }}{{- include "mcp-operator.withoutRules" $value -}}{{- end -}}
{{- else if kindIs "slice" . -}}
{{- range . }}{{- include "mcp-operator.withoutRules" . -}}{{- end -}}
{{- end -}}
{{- end }}
