using System.Text.Json.Nodes;

namespace McpOperator.TestKit;

/// <summary>The three ways to patch JSON, as far as tests need them.</summary>
internal static class FakeJson
{
    public static JsonObject Merge(JsonObject target, JsonObject patch)
    {
        foreach (var (name, value) in patch)
        {
            if (value is null)
            {
                target.Remove(name);
            }
            else if (value is JsonObject inner)
            {
                target[name] = Merge(target[name] as JsonObject is { } old ? old.DeepClone().AsObject() : [], inner);
            }
            else
            {
                target[name] = value.DeepClone();
            }
        }

        return target;
    }

    /// <summary>
    /// Server-side apply without ownership by others: what the manager applied before and does not want any more goes. Lists are atomic.
    /// </summary>
    public static JsonObject Apply(JsonObject target, JsonObject? before, JsonObject wanted)
    {
        foreach (var (name, _) in before ?? [])
        {
            if (!wanted.ContainsKey(name))
            {
                target.Remove(name);
            }
        }

        foreach (var (name, value) in wanted)
        {
            target[name] = value is JsonObject inner && target[name] is JsonObject old
                ? Apply(old.DeepClone().AsObject(), before?[name] as JsonObject, inner)
                : value?.DeepClone();
        }

        return target;
    }

    public static JsonObject Operate(JsonObject target, JsonArray operations)
    {
        foreach (var operation in operations)
        {
            var path = operation!["path"]!.GetValue<string>().Split('/')[1..]
                .Select(s => s.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal)).ToArray();
            JsonNode? parent = target;
            foreach (var step in path[..^1])
            {
                parent = parent is JsonArray list ? list[int.Parse(step)] : parent?[step];
            }

            Operate(parent ?? throw new FakeApiException(422, "Invalid", "no such path"), path[^1], operation);
        }

        return target;
    }

    private static void Operate(JsonNode parent, string name, JsonNode operation)
    {
        var value = operation["value"]?.DeepClone();
        switch (operation["op"]!.GetValue<string>(), parent)
        {
            case ("test", JsonObject o) when !JsonNode.DeepEquals(o[name], value):
                throw new FakeApiException(422, "Invalid", "the server rejected our request due to an error in our request: test failed");
            case ("test", _):
                break;
            case ("remove", JsonObject o):
                o.Remove(name);
                break;
            case ("remove", JsonArray a):
                a.RemoveAt(int.Parse(name));
                break;
            case ("add", JsonArray a) when name == "-":
                a.Add(value);
                break;
            case ("add", JsonArray a):
                a.Insert(int.Parse(name), value);
                break;
            case (_, JsonArray a):
                a[int.Parse(name)] = value;
                break;
            default:
                parent[name] = value;
                break;
        }
    }
}
