"""Tiny models that real servers can load, made in place: a policy, a reward model, and the policy as GGUF.

    python make_models.py FOLDER

writes FOLDER/policy and FOLDER/reward in Hugging Face layout, FOLDER/prompts.jsonl, FOLDER/responses.jsonl, and
FOLDER/rewards.json: what transformers gives for each response, as a chat, as a transcript, and as a pair of texts.
"""

import json
import sys
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import LlamaConfig, LlamaForCausalLM, LlamaForSequenceClassification, PreTrainedTokenizerFast

COLOURS = ["red", "blue", "green", "white", "black", "brown"]
THINGS = ["house", "river", "bird", "stone", "garden", "ship"]
PROMPTS = [f"What colour is the {thing}?" for thing in THINGS]
ANSWERS = [
    text
    for thing in THINGS
    for colour in COLOURS
    for text in (
        f"The {thing} is {colour}.",
        f"I think that the {thing} is {colour}, and it is a fine one.",
        f"Go away! {colour}",
    )
]

#: What calls a tool, in the form of Hermes and Qwen.
PAINT = [
    (f"Paint the {thing}.", f'<tool_call>\n{{"name": "paint", "arguments": {{"colour": "{colour}"}}}}\n</tool_call>')
    for thing in THINGS
    for colour in COLOURS
]

CHATML = (
    "{% for m in messages %}{{ '<|im_start|>' + m['role'] + '\\n' + m['content'] + '<|im_end|>' + '\\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)
SPECIAL = ["<pad>", "<|im_start|>", "<|im_end|>"]
SHAPE = dict(
    hidden_size=64,
    intermediate_size=128,
    num_hidden_layers=2,
    num_attention_heads=2,
    num_key_value_heads=2,
    max_position_embeddings=1024,
    rms_norm_eps=1e-5,
    bos_token_id=None,
    eos_token_id=2,
    pad_token_id=0,
    tie_word_embeddings=False,
)


def tokenizer_of(texts):
    """Byte-level BPE, with ChatML as its template."""
    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bpe.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=448, special_tokens=SPECIAL, initial_alphabet=alphabet, show_progress=False)
    bpe.train_from_iterator(texts, trainer)
    fast = PreTrainedTokenizerFast(tokenizer_object=bpe, eos_token="<|im_end|>", pad_token="<pad>", model_max_length=1024)
    fast.chat_template = CHATML
    return fast


def dialogue(prompt, answer):
    return [{"role": "user", "content": prompt}, {"role": "assistant", "content": answer}]


def ids_of(tokenizer, messages):
    text = tokenizer.apply_chat_template(messages, tokenize=False)
    return tokenizer(text, add_special_tokens=False)["input_ids"]


def trained_policy(tokenizer, rows, steps=400):
    """A Llama of some 100,000 weights that has learned to answer, and to end."""
    torch.manual_seed(1)
    model = LlamaForCausalLM(LlamaConfig(vocab_size=len(tokenizer), **SHAPE))
    batches = [ids_of(tokenizer, row) for row in rows]
    longest = max(map(len, batches))
    ids = torch.tensor([row + [0] * (longest - len(row)) for row in batches])
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    generator = torch.Generator().manual_seed(1)
    for _ in range(steps):
        batch = ids[torch.randint(len(ids), (32,), generator=generator)]
        labels = batch.masked_fill(batch == 0, -100)
        model(input_ids=batch, attention_mask=(batch != 0).long(), labels=labels).loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    return model.eval()


def reward_model(tokenizer):
    """A Llama with one output. Random, with weights wide enough that rewards differ and lie on both sides of 0."""
    torch.manual_seed(2)
    config = LlamaConfig(vocab_size=len(tokenizer), num_labels=1, initializer_range=0.3, **SHAPE)
    return LlamaForSequenceClassification(config).eval()


def transcript(prompt, answer):
    return f"\n\nHuman: {prompt}\n\nAssistant: {answer}"


def write_rows(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")


def main(folder):
    torch.set_num_threads(1)
    folder = Path(folder)
    pairs = [(PROMPTS[i // 18], answer) for i, answer in enumerate(ANSWERS)]
    tokenizer = tokenizer_of(["user\n", "assistant\n", "system\n", "\n\nHuman: ", *PROMPTS, *ANSWERS, *map("".join, PAINT)])
    policy = trained_policy(tokenizer, [dialogue(*pair) for pair in [*pairs, *PAINT]])
    # without this `transformers serve` decodes greedily, whatever the temperature
    policy.generation_config.do_sample = True
    reward = reward_model(tokenizer)
    for name, model in (("policy", policy), ("reward", reward)):
        model.save_pretrained(folder / name)
        tokenizer.save_pretrained(folder / name)
    texts = {
        "chat": [ids_of(tokenizer, dialogue(*pair)) for pair in pairs],
        "transcript": [tokenizer(transcript(*pair))["input_ids"] for pair in pairs],
        "pair": [tokenizer(*pair)["input_ids"] for pair in pairs],
    }
    with torch.no_grad():
        rewards = {
            name: [reward(input_ids=torch.tensor([ids])).logits.item() for ids in rows] for name, rows in texts.items()
        }
    (folder / "rewards.json").write_text(json.dumps(rewards))
    write_rows(folder / "responses.jsonl", [{"prompt": prompt, "response": answer} for prompt, answer in pairs])
    write_rows(folder / "prompts.jsonl", [{"prompt": prompt} for prompt in PROMPTS])


if __name__ == "__main__":
    main(*sys.argv[1:])
