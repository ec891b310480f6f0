using McpOperator.Bridge.Framing;

namespace McpOperator.Bridge.Sessions;

/// <summary>What a reader of a stream gets.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Message">The message, if it is one.</param>
/// <param name="Number">The message's number in its stream.</param>
/// <param name="IsLast">Whether nothing follows.</param>
internal readonly record struct StreamItem(StreamItemKind Kind, Spliced Message = default, long Number = 0, bool IsLast = false);

/// <summary>What a reader of a stream gets.</summary>
internal enum StreamItemKind
{
    /// <summary>A message.</summary>
    Message,

    /// <summary>Nothing came for a while.</summary>
    Tick,

    /// <summary>The stream has ended, or another connection reads it now.</summary>
    End,
}
