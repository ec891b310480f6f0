using System.Globalization;

namespace McpOperator.Bridge.Http;

/// <summary>An event's id: the stream's number in its session, a hyphen, and how many messages of it have been seen with this one.</summary>
internal static class EventId
{
    /// <summary>Reads one; nothing when it is none of ours.</summary>
    public static (int Stream, long Seen)? Parse(string id) =>
        id.Split('-') is [var stream, var seen]
        && int.TryParse(stream, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
        && long.TryParse(seen, NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            ? (number, count)
            : null;
}
