using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using McpOperator.Policy;
using McpOperator.Protocol;

namespace McpOperator.Proxy.Surface;

/// <summary>
/// Whether a tool says what was approved. Where tools are declared, those words were; where none are, those that the policy names; and
/// until the operator has looked, those with which the server stood there when this pod was new.
/// </summary>
/// <param name="policy">The declared tools, or those that the approved version was seen to have.</param>
/// <param name="first">The tools as they were when the pod was new.</param>
internal sealed class ToolApproval(ToolPolicy policy, IReadOnlyList<ToolDefinition> first)
{
    private const int MostRemembered = 4096;

    private readonly Dictionary<string, DeclaredTool>? _declared = policy.Declared?.ToDictionary(tool => tool.Name, StringComparer.Ordinal);
    private readonly Dictionary<string, string>? _approved = policy.Approved?.ToDictionary(tool => tool.Name, tool => tool.Hash, StringComparer.Ordinal);
    private readonly Dictionary<string, byte[]> _first = FirstByName(first);
    private readonly ConcurrentDictionary<string, string> _known = new(StringComparer.Ordinal);

    /// <summary>What differs; nothing when the tool is as approved.</summary>
    public string? Difference(ToolDefinition tool)
    {
        // Clients list the same tools over and over.
        var key = Convert.ToBase64String(SHA256.HashData(tool.Text.Span));
        if (!_known.TryGetValue(key, out var difference))
        {
            difference = (_declared is not null ? FromDeclared(tool, _declared) : _approved is not null ? FromApproved(tool, _approved) : FromFirst(tool)) ?? "";
            if (_known.Count < MostRemembered)
            {
                _known[key] = difference;
            }
        }

        return difference.Length == 0 ? null : difference;
    }

    private static string? FromDeclared(ToolDefinition tool, Dictionary<string, DeclaredTool> declared)
    {
        if (!declared.TryGetValue(tool.Name, out var approved))
        {
            return "it is not declared in spec.tools";
        }

        if ((JsonText.Unquote(tool["description"]) ?? "") != approved.Description)
        {
            return "its description is not the declared one";
        }

        return approved.InputSchema is { } schema && !CanonicalJson.AreEqual(Parse(tool["inputSchema"]), schema) ? "its inputSchema is not the declared one" : null;
    }

    private static string? FromApproved(ToolDefinition tool, Dictionary<string, string> approved) =>
        !approved.TryGetValue(tool.Name, out var hash) ? "the approved version did not have it"
        : Convert.ToHexStringLower(SHA256.HashData(CanonicalJson.Bytes(Parse(tool.Text)))) == hash ? null
        : "it is not what was approved";

    private string? FromFirst(ToolDefinition tool) => !_first.TryGetValue(tool.Name, out var approved) ? "the server did not have it when it started"
        : CanonicalJson.Bytes(Parse(tool.Text)).AsSpan().SequenceEqual(approved) ? null
        : "it is not what it was when the server started";

    private static JsonNode? Parse(ReadOnlyMemory<byte> text) =>
        text.IsEmpty ? null : JsonNode.Parse(text.Span, documentOptions: new() { MaxDepth = AnswerLimits.Depth });

    /// <summary>Of two tools with one name neither is approved.</summary>
    private static Dictionary<string, byte[]> FirstByName(IReadOnlyList<ToolDefinition> tools) =>
        tools.GroupBy(tool => tool.Name, StringComparer.Ordinal)
            .Where(same => same.Count() == 1)
            .ToDictionary(same => same.Key, same => CanonicalJson.Bytes(Parse(same.First().Text)), StringComparer.Ordinal);
}
