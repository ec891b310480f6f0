using McpOperator.Protocol;

namespace McpOperator.Proxy.Surface;

/// <summary>An argument that clients repeat in a header, because the tool's schema says so by <c>x-mcp-header</c> (MCP 2026-07-28, Streamable HTTP, "Custom Headers from Tool Parameters").</summary>
/// <param name="Path">The members that lead to it, from the arguments on.</param>
/// <param name="Header">The header.</param>
internal sealed record MirroredArgument(IReadOnlyList<string> Path, string Header)
{
    private const string Mark = "x-mcp-header";
    private const string Properties = "properties";

    /// <summary>All of a schema: properties of a plain type that chains of <c>properties</c> lead to. Marks elsewhere mean nothing.</summary>
    public static IReadOnlyList<MirroredArgument> Of(ReadOnlyMemory<byte> schema) => [.. Below(schema, [])];

    private static IEnumerable<MirroredArgument> Below(ReadOnlyMemory<byte> schema, string[] path)
    {
        var properties = JsonText.IsObject(schema) ? JsonText.Member(schema, Properties) : default;
        foreach (var property in JsonText.IsObject(properties) ? JsonText.Members(properties) : [])
        {
            string[] at = [.. path, property.Name];
            if (!JsonText.IsObject(property.Value))
            {
                continue;
            }

            if (JsonText.Unquote(JsonText.Member(property.Value, Mark)) is { Length: > 0 } name && JsonText.Unquote(JsonText.Member(property.Value, "type")) is "string" or "integer" or "number" or "boolean")
            {
                yield return new(at, McpHeaders.ParamPrefix + name);
            }

            foreach (var deeper in Below(property.Value, at))
            {
                yield return deeper;
            }
        }
    }
}
