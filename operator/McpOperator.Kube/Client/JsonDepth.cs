using System.Text.Json;

namespace McpOperator.Kube;

/// <summary>
/// The API server stores objects that are nested deeper than .NET reads by default (64). If one such object could stop a list, whoever
/// may write an
/// object could blind us; skipping over it costs a bit per level.
/// </summary>
internal static class JsonDepth
{
    public static JsonReaderOptions Options { get; } = new() { MaxDepth = 20_000 };
}
