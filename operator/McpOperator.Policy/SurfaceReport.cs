using System.Security.Cryptography;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace McpOperator.Policy;

/// <summary>
/// What a proxy tells the operator of its own server's tools: all of them, as the server lists them, before filter and overrides. Written by
/// the proxy and read by the operator; both use this type.
/// </summary>
public sealed record SurfaceReport
{
    /// <summary>The version of this schema. The operator takes no report of a schema that it does not know.</summary>
    public const string CurrentSchema = "surface.mcpoperator.io/v1";

    /// <summary>The version of the schema that this report follows.</summary>
    public required string Schema { get; init; }

    /// <summary>The tools; absent while the server has not been asked yet, or cannot be.</summary>
    public IReadOnlyList<ObservedTool>? Tools { get; init; }

    /// <summary>Tools that the proxy withholds because they are not as approved, by the server's own names, each with what differs.</summary>
    public IReadOnlyDictionary<string, string>? Withheld { get; init; }

    /// <summary>Why there are no tools to report.</summary>
    public string? Problem { get; init; }
}

/// <summary>A tool that a running server was seen to have.</summary>
public sealed record ObservedTool
{
    /// <summary>The server's own name of the tool.</summary>
    public required string Name { get; init; }

    /// <summary>The tool's whole entry in <c>tools/list</c>, as the server sent it.</summary>
    public required JsonObject Definition { get; init; }

    /// <summary>SHA-256 in hexadecimal over the definition's canonical JSON.</summary>
    [JsonIgnore]
    public string Hash => Convert.ToHexStringLower(SHA256.HashData(CanonicalJson.Bytes(Definition)));
}
