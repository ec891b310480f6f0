using McpOperator.Objects;

namespace McpOperator.Api.V1Alpha1;

/// <summary>
/// An MCP server: an image that the operator runs behind its proxy, isolated, observed, scaled to zero when idle, and shown to agents
/// only as far as policy allows.
/// </summary>
[KubernetesEntity(Group = ApiGroup.Name, ApiVersion = ApiGroup.V1Alpha1, Kind = "MCPServer", PluralName = "mcpservers")]
[KubernetesEntityShortNames("mcps")]
[Categories("mcp")]
[GenericAdditionalPrinterColumn(".status.conditions[?(@.type==\"Ready\")].status", "Ready", "string")]
[GenericAdditionalPrinterColumn(".status.conditions[?(@.type==\"Ready\")].reason", "Reason", "string")]
[GenericAdditionalPrinterColumn(".status.conditions[?(@.type==\"ReviewCurrent\")].reason", "Review", "string")]
[GenericAdditionalPrinterColumn(".spec.transport", "Transport", "string")]
[GenericAdditionalPrinterColumn(".status.tools.exposed", "Tools", "integer")]
[GenericAdditionalPrinterColumn(".status.url", "URL", "string")]
[GenericAdditionalPrinterColumn(".status.active.version", "Version", "integer", Wide = true)]
[GenericAdditionalPrinterColumn(".spec.image", "Image", "string", Wide = true)]
[GenericAdditionalPrinterColumn(".metadata.creationTimestamp", "Age", "date")]
[ValidationRule("size(self.metadata.name) <= 63", "metadata.name: at most 63 characters, because it becomes a label's value; choose a shorter name")]
public sealed record MCPServer : CustomKubernetesEntity<MCPServerSpec, MCPServerStatus>;
