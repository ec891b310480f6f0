using McpOperator.Objects;

namespace McpOperator.Api.V1Alpha1;

/// <summary>Which tools of a server are shown, and under which words. Several servers may share one.</summary>
[KubernetesEntity(Group = ApiGroup.Name, ApiVersion = ApiGroup.V1Alpha1, Kind = "MCPToolConfig", PluralName = "mcptoolconfigs")]
[KubernetesEntityShortNames("mcptc")]
[Categories("mcp")]
[GenericAdditionalPrinterColumn(".status.conditions[?(@.type==\"Valid\")].status", "Valid", "string")]
[GenericAdditionalPrinterColumn(".status.referencedBy", "Servers", "string")]
[GenericAdditionalPrinterColumn(".metadata.creationTimestamp", "Age", "date")]
public sealed record MCPToolConfig : CustomKubernetesEntity<MCPToolConfigSpec, MCPToolConfigStatus>;

/// <summary>Which tools are shown, and under which words. All names are the server's own.</summary>
public sealed record MCPToolConfigSpec
{
    /// <summary>The server's own names of the tools that are shown; absent: all; empty: none.</summary>
    [Items(0, 512), ListSet, Length(1, 128), Pattern("^[A-Za-z0-9_.-]+$")]
    public IReadOnlyList<string>? ToolsFilter { get; init; }

    /// <summary>Other words for tools, by the server's own name. A renamed tool can be called under its new name only.</summary>
    [Items(0, 512)]
    public IReadOnlyDictionary<string, ToolOverride>? ToolsOverride { get; init; }
}

/// <summary>Other words for one tool; what is absent stays as the server has it.</summary>
[ValidationRule("has(self.name) || has(self.description) || has(self.annotations)", "spec.toolsOverride: an override changes at least one of name, description and annotations")]
public sealed record ToolOverride
{
    /// <summary>The name under which the tool is shown and called.</summary>
    [Length(1, 128), Pattern("^[A-Za-z0-9_.-]+$")]
    public string? Name { get; init; }

    /// <summary>What the model reads.</summary>
    [Length(0, 16384)]
    public string? Description { get; init; }

    /// <summary>The hints that MCP defines for clients.</summary>
    public ToolAnnotations? Annotations { get; init; }
}

/// <summary>The hints that MCP defines for clients (MCP specification, <c>ToolAnnotations</c>).</summary>
public sealed record ToolAnnotations
{
    /// <summary>A title for people.</summary>
    [Length(0, 1024)]
    public string? Title { get; init; }

    /// <summary>The tool changes nothing.</summary>
    public bool? ReadOnlyHint { get; init; }

    /// <summary>The tool may destroy something.</summary>
    public bool? DestructiveHint { get; init; }

    /// <summary>Calling it twice does no more than calling it once.</summary>
    public bool? IdempotentHint { get; init; }

    /// <summary>The tool reaches things beyond the server.</summary>
    public bool? OpenWorldHint { get; init; }
}

/// <summary>How a tool configuration fares.</summary>
public sealed record MCPToolConfigStatus
{
    /// <summary>The generation of the spec that this status speaks of.</summary>
    [RangeMinimum(0)]
    public long? ObservedGeneration { get; init; }

    /// <summary><c>Valid</c>: whether servers can use it.</summary>
    [ListMap("type"), Items(0, 16)]
    public IReadOnlyList<V1Condition> Conditions { get; init; } = [];

    /// <summary>The servers that use it, by name.</summary>
    [Length(1, 253), Items(0, 16384)]
    public IReadOnlyList<string>? ReferencedBy { get; init; }

    /// <summary>The hash of the spec.</summary>
    [Length(0, 128)]
    public string? ConfigHash { get; init; }
}
