using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace McpOperator.Manifests.Yaml;

/// <summary>YamlDotNet's parser loses its countenance over some malformed texts; a bad file must never look like a bug of ours.</summary>
internal sealed class CarefulParser(Parser parser) : IParser
{
    public ParsingEvent? Current => parser.Current;

    public bool MoveNext()
    {
        try
        {
            return parser.MoveNext();
        }
        catch (Exception exception) when (exception is not YamlException)
        {
            var place = parser.Current?.End ?? new Mark(0, 1, 1);
            throw new YamlException(place, place, "no YAML from here on; look for a bracket or quote too many or too few", exception);
        }
    }
}
