using McpOperator.Protocol;

namespace McpOperator.Proxy.Surface;

/// <summary>How much JSON of a server is looked at as a whole.</summary>
internal static class AnswerLimits
{
    /// <summary>Schemas of arguments nest deeper than messages of clients.</summary>
    public const int Depth = 200;

    /// <summary>The limits of one message.</summary>
    public static JsonLimits Of(ServeOptions options) => new() { MaxBytes = options.MaxAnswerBytes, MaxDepth = Depth };
}
