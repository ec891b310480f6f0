using Microsoft.AspNetCore.Http;

namespace McpOperator.Bridge.Http;

/// <summary>Reads bodies whole: a message is judged before it is passed on.</summary>
internal static class RequestBody
{
    private const int FirstBytes = 64 * 1024;

    /// <summary>Reads a body.</summary>
    /// <param name="request">The request.</param>
    /// <param name="maxBytes">How long it may be.</param>
    /// <returns>The body; nothing when it is too long.</returns>
    public static async Task<byte[]?> ReadAsync(HttpRequest request, int maxBytes)
    {
        var announced = request.ContentLength ?? maxBytes + 1L;
        if (announced > maxBytes && request.ContentLength is not null)
        {
            return null;
        }

        var buffer = GC.AllocateUninitializedArray<byte>((int)Math.Min(announced, FirstBytes));
        var length = 0;
        while (length < announced)
        {
            if (length == buffer.Length)
            {
                // Grown as it comes: a length that is only announced takes no memory.
                Array.Resize(ref buffer, (int)Math.Min(length * 2L, announced));
            }

            var count = await request.Body.ReadAsync(buffer.AsMemory(length), request.HttpContext.RequestAborted);
            if (count == 0)
            {
                break;
            }

            length += count;
        }

        return length > maxBytes ? null : length == buffer.Length ? buffer : buffer[..length];
    }
}
