using Microsoft.AspNetCore.Http;

namespace McpOperator.Bridge.Http;

/// <summary>Media types in headers.</summary>
internal static class MediaTypes
{
    /// <summary>One message.</summary>
    public const string Json = "application/json";

    /// <summary>Whether a body is one message, whatever parameters its type has.</summary>
    public static bool IsJson(string? contentType) => Is(contentType.AsSpan(), Json);

    /// <summary>Whether the client takes a type (RFC 9110, section 12.5.1; weights aside).</summary>
    public static bool Accepts(HttpRequest request, string type)
    {
        foreach (var header in request.Headers.Accept)
        {
            foreach (var range in header.AsSpan().Split(','))
            {
                var accepted = header.AsSpan()[range];
                if (Is(accepted, type) || Is(accepted, "*/*") || Is(accepted, string.Concat(type.AsSpan(0, type.IndexOf('/') + 1), "*")))
                {
                    return true;
                }
            }
        }

        return false;
    }

    private static bool Is(ReadOnlySpan<char> value, ReadOnlySpan<char> type)
    {
        var end = value.IndexOf(';');
        return (end < 0 ? value : value[..end]).Trim().Equals(type, StringComparison.OrdinalIgnoreCase);
    }
}
