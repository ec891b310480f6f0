using McpOperator.Protocol;

namespace McpOperator.Proxy.Surface;

/// <summary>A tool as a running server lists it.</summary>
internal sealed class ToolDefinition
{
    private IReadOnlyList<MirroredArgument>? _mirrored;

    private ToolDefinition(string name, ReadOnlyMemory<byte> text) => (Name, Text) = (name, text);

    /// <summary>The server's own name.</summary>
    public string Name { get; }

    /// <summary>The whole entry, byte for byte.</summary>
    public ReadOnlyMemory<byte> Text { get; }

    /// <summary>The arguments that clients repeat in headers. Read from the schema by the first call that asks, and not for each list that passes.</summary>
    public IReadOnlyList<MirroredArgument> MirroredArguments => _mirrored ??= MirroredArgument.Of(this["inputSchema"]);

    /// <summary>One of its members; empty when it has none of that name.</summary>
    public ReadOnlyMemory<byte> this[string member] => JsonText.Member(Text, member);

    /// <summary>The entry as a tool; nothing when it is none.</summary>
    public static ToolDefinition? Of(ReadOnlyMemory<byte> item) =>
        JsonText.IsObject(item) && JsonText.Unquote(JsonText.Member(item, "name")) is { Length: > 0 } name ? new(name, item) : null;

    /// <summary>The tools of a result of <c>tools/list</c>; entries that are no tools are left out.</summary>
    public static List<ToolDefinition> AllOf(ReadOnlyMemory<byte> result) =>
        JsonText.Member(result, "tools") is var tools && JsonText.IsArray(tools) ? [.. JsonText.Items(tools).Select(Of).OfType<ToolDefinition>()] : [];
}
